extension Host {
  /// Claude Code: its own Bash is denied, so that every command is one that bgsh knows of. It asks before each call of
  /// what is not allowed here. The hooks tell what is due after other tools' calls, and wake it when it is idle.
  func claudeSettings(_ server: ServerCommand) -> [HostSettings] {
    [
      HostSettings(
        place: ".mcp.json of the project, or ~/.claude.json for all projects",
        text: """
          {
            "mcpServers": {
              "bgsh": {
                "type": "stdio",
                "command": \(server.program),
                "args": \(server.arguments())
              }
            }
          }
          """),
      HostSettings(
        place: ".claude/settings.json of the project, or ~/.claude/settings.json for all projects",
        text: """
          {
            "permissions": {
              "deny": ["Bash"],
              "allow": [
                "mcp__bgsh__BashOutput", "mcp__bgsh__Tasks", "mcp__bgsh__Wait", "mcp__bgsh__Notifications"
              ]
            },
            "hooks": {
              "PostToolBatch": [
                { "hooks": [{ "type": "command", "command": \(server.hook("claude")) }] }
              ],
              "UserPromptSubmit": [
                { "hooks": [{ "type": "command", "command": \(server.hook("claude")) }] }
              ],
              "Stop": [
                {
                  "hooks": [
                    {
                      "type": "command", "command": \(server.hook("claude --wait")), "asyncRewake": true,
                      "timeout": 86400
                    }
                  ]
                }
              ]
            }
          }
          """),
    ]
  }
}
