extension Host {
  /// Visual Studio Code: it has a file of its own for servers.
  func codeSettings(_ server: ServerCommand) -> [HostSettings] {
    [
      HostSettings(
        place: ".vscode/mcp.json of the workspace, or mcp.json of the user",
        text: """
          {
            "servers": {
              "bgsh": {
                "type": "stdio",
                "command": \(server.program),
                "args": \(server.arguments())
              }
            }
          }
          """),
      HostSettings(
        place: ".github/hooks/bgsh.json of the workspace",
        text: """
          {
            "hooks": {
              "PostToolUse": [{ "type": "command", "command": \(server.hook("claude")) }],
              "UserPromptSubmit": [{ "type": "command", "command": \(server.hook("claude")) }]
            }
          }
          """),
    ]
  }
}
