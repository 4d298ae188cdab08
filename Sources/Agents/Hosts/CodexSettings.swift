extension Host {
  /// Codex: it strips the environment, so the shell reads the login files. A call is answered within 45 s.
  func codexSettings(_ server: ServerCommand) -> [HostSettings] {
    [
      HostSettings(
        place: "~/.codex/config.toml",
        text: """
          [mcp_servers.bgsh]
          command = \(server.program)
          args = \(server.arguments(with: "--login"))
          tool_timeout_sec = 60
          # "prompt" asks about each call, "approve" about none.
          default_tools_approval_mode = "auto"

          # What is due, after other tools' calls, and when it stops.
          [[hooks.PostToolUse]]
          [[hooks.PostToolUse.hooks]]
          type = "command"
          command = \(server.hook("codex"))

          [[hooks.Stop]]
          [[hooks.Stop.hooks]]
          type = "command"
          command = \(server.hook("codex --wait"))
          timeout = 600
          """)
    ]
  }
}
