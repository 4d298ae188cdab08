extension Host {
  /// Gemini CLI: its own shell is taken away, so that every command is one that bgsh knows of.
  func geminiSettings(_ server: ServerCommand) -> [HostSettings] {
    [
      HostSettings(
        place: ".gemini/settings.json of the project, or ~/.gemini/settings.json for all projects",
        text: """
          {
            "mcpServers": {
              "bgsh": {
                "command": \(server.program),
                "args": \(server.arguments()),
                "timeout": 60000
              }
            },
            "tools": {
              "exclude": ["run_shell_command"]
            },
            "hooks": {
              "AfterTool": [
                { "hooks": [{ "type": "command", "command": \(server.hook("gemini")) }] }
              ],
              "AfterAgent": [
                { "hooks": [{ "type": "command", "command": \(server.hook("gemini --wait")), "timeout": 60000 }] }
              ]
            }
          }
          """)
    ]
  }
}
