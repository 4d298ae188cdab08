package import Tasks

/// The bash code that a session's bash begins with.
package struct Glue: Sendable {
  /// Startup files that bash would read by itself, in its order.
  package enum StartupFiles: Sendable {
    case none
    case interactive(file: String?)
    case login
  }

  package var state: StateDirectory?
  package var session: SessionID
  /// Why no task can be started; empty if nothing speaks against it.
  package var refusal = ""
  /// The program behind the job commands.
  package var controlProgram: String
  /// What a task finds on its standard input.
  package var taskInput: String
  /// Whether launches and ends are told, unless the user's settings say otherwise.
  package var notifies = true
  /// How bash is fed; a source needs no line protocol.
  package var feed: SupervisorInvocation.Feed
  package var startupFiles = StartupFiles.none
  /// Whether bash is to be in posix mode when it has read this code.
  package var isPosix = false
  /// `vi` or `emacs`, where the command line asks for it.
  package var editingMode: String?
  /// The job commands that bash has no word for, as far as they can be meant in this session.
  package var words = Self.words
  /// bash source read after the startup files, already rewritten; nil for none.
  package var settings: [UInt8]?

  /// The job commands that bash has no word for.
  package static let words = ["output", "notifications", "why", "doctor"]

  package init(
    state: StateDirectory?, session: SessionID, controlProgram: String, taskInput: String,
    feed: SupervisorInvocation.Feed
  ) {
    self.state = state
    self.session = session
    self.controlProgram = controlProgram
    self.taskInput = taskInput
    self.feed = feed
  }

  /// The code, for bash to read as a file.
  package var source: [UInt8] {
    var source = Array(header.utf8) + PackageResources.launch_bash
    if feed != .source { source += PackageResources.interactive_bash }
    // The user's own code comes before the commands that give way to it, and finds bash as it knows it.
    if let editingMode { source += Array("\\builtin set -o \(editingMode)\n".utf8) }
    source += Array(startup.utf8)
    if let settings {
      source += Array("{ \\builtin eval ".utf8) + ShellQuoting.quoted(settings) + Array("\n} \(userDescriptors)\n".utf8)
    }
    source += PackageResources.commands_bash
    return source + Array(closing.utf8)
  }

  private var header: String {
    let run = state?.session(session).path ?? ""
    let bindings = state?.session(session).bindingsPath ?? "/dev/null"
    return """
      __bgsh_run=\(ShellQuoting.quoted(run)) __bgsh_tasks=\(ShellQuoting.quoted(state?.outputPath ?? ""))
      __bgsh_control_program=\(ShellQuoting.quoted(controlProgram)) __bgsh_input=\(ShellQuoting.quoted(taskInput))
      \(notifies ? "" : "BGSH_NOTIFY=off ")__bgsh_refusal=\(ShellQuoting.quoted(refusal))
      __bgsh_bindings=\(ShellQuoting.quoted(bindings)) __bgsh_mine=$BASHPID __bgsh_launched=
      __bgsh_words=(\(words.joined(separator: " ")))
      __bgsh_status= __bgsh_underscore= __bgsh_flags= __bgsh_history= __bgsh_prompt_command=() __bgsh_hidden= __bgsh_put_off= __bgsh_ps0= __bgsh_number=1 __bgsh_ends=0
      \\builtin export BGSH_SESSION=\(ShellQuoting.quoted(session.rawValue))
      BGSH_RUNNING=0

      """
  }

  /// Reads this code, on the first line of a source and without adding one, whatever `set -x` says.
  package static let call = Array(
    "{ \\builtin . /dev/fd/\(SupervisorInvocation.Descriptor.glue); } 2>/dev/null; ".utf8)

  /// Where the user's code finds its descriptors, and none of bgsh's.
  private var userDescriptors: String {
    feed == .source ? "" : "<&252 >&253 2>&254 250<&- 251>&- 252<&- 253>&- 254>&-"
  }

  /// Startup files are read at the top level, not in a function: `declare` in them means the shell's variables.
  private var startup: String {
    switch startupFiles {
    case .none:
      return ""
    case .interactive(let file):
      let own = file.map(ShellQuoting.quoted) ?? "~/.bashrc"
      return """
        {
        if [[ -r /etc/bash.bashrc ]]; then \\builtin . /etc/bash.bashrc; fi
        if [[ -r \(own) ]]; then \\builtin . \(own); fi
        } \(userDescriptors)
        __bgsh_status=$?

        """
    case .login:
      return """
        {
        if [[ -r /etc/profile ]]; then \\builtin . /etc/profile; fi
        if [[ -r ~/.bash_profile ]]; then \\builtin . ~/.bash_profile
        elif [[ -r ~/.bash_login ]]; then \\builtin . ~/.bash_login
        elif [[ -r ~/.profile ]]; then \\builtin . ~/.profile; fi
        } \(userDescriptors)
        __bgsh_status=$?

        """
    }
  }

  private var closing: String {
    switch feed {
    case .source:
      "exec \(SupervisorInvocation.Descriptor.glue)<&-\n"
    case .terminal, .stream:
      """
      [[ -o history ]] && __bgsh_history=1
      __bgsh_put_off_edit_mode || :
      __bgsh_hide_prompts
      \\builtin set +o history
      \(isPosix ? "\\builtin set -o posix" : ":")
      exec \(SupervisorInvocation.Descriptor.glue)<&-

      """
    }
  }
}
