extension Host {
  /// Most other hosts.
  func genericSettings(_ server: ServerCommand) -> [HostSettings] {
    [
      HostSettings(
        place: "the host's settings for servers",
        text: """
          {
            "mcpServers": {
              "bgsh": {
                "command": \(server.program),
                "args": \(server.arguments())
              }
            }
          }
          """)
    ]
  }
}
