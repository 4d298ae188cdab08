import TestSupport

/// The package under test, as files.
enum Checkout {
  /// The directory of Package.swift.
  static let root: String = {
    let parts = #filePath.split(separator: "/").dropLast(3)
    return "/" + parts.joined(separator: "/")
  }()

  /// The targets: the directories of Sources.
  static var targets: [String] {
    FileTree.names(in: "\(root)/Sources").filter { FileTree.isDirectory("\(root)/Sources/\($0)") }
  }

  static func files(of target: String, suffix: String) -> [String] {
    FileTree.files(below: "\(root)/Sources/\(target)").filter { $0.hasSuffix(suffix) }
  }

  static func sources(of target: String) throws -> [SwiftSource] {
    try files(of: target, suffix: ".swift").map(SwiftSource.init(path:))
  }

  /// A path as people write it.
  static func short(_ path: String) -> String {
    path.hasPrefix(root + "/") ? String(path.dropFirst(root.count + 1)) : path
  }
}

/// The boundaries between the targets; docs/design/overview.md says why they are where they are.
enum Rules {
  /// What each Swift target may import. All arrows point down.
  static let imports: [String: Set<String>] = [
    "BashSyntax": ["CProtocol"],
    "ProcessControl": ["CProcess", "Glibc", "SystemPackage"],
    "Connections": ["CProcess", "CProtocol", "Glibc", "ProcessControl", "SystemPackage"],
    "Tasks": ["CProtocol", "Glibc", "ProcessControl"],
    "StateFiles": ["CProcess", "CProtocol", "Glibc", "ProcessControl", "SystemPackage", "Tasks"],
    "SupervisorProtocol": [
      "CProcess", "CProtocol", "Connections", "Glibc", "ProcessControl", "StateFiles", "SystemPackage", "Tasks",
    ],
    "Notices": ["ProcessControl", "StateFiles", "Tasks"],
    "Records": [
      "CProcess", "CSQLite", "Glibc", "Notices", "ProcessControl", "StateFiles", "SupervisorProtocol", "SystemPackage",
      "Tasks",
    ],
    "Supervision": [
      "CProcess", "CProtocol", "Connections", "Glibc", "Notices", "ProcessControl", "Records", "StateFiles",
      "SupervisorProtocol",
      "SystemPackage", "Tasks",
    ],
    "BashEngine": [
      "BashSyntax", "CInvocation", "CProcess", "CProtocol", "Connections", "Glibc", "ProcessControl", "StateFiles",
      "SupervisorProtocol", "SystemPackage", "Tasks",
    ],
    "Advice": ["BashSyntax", "Glibc", "Notices", "StateFiles", "Tasks"],
    "Shell": [
      "Advice", "BashEngine", "BashSyntax", "CInvocation", "CPlainCommand", "CProtocol", "Connections", "Glibc",
      "Notices",
      "ProcessControl", "Records", "StateFiles", "SupervisorProtocol", "SystemPackage", "Tasks",
    ],
    "bgsh": ["Shell", "Supervision"],
    "bgsh-supervisor": ["Glibc", "ProcessControl", "Supervision", "SupervisorProtocol", "SystemPackage"],
    "TaskOperations": [
      "Advice", "BashEngine", "CProcess", "CProtocol", "Connections", "Glibc", "Notices", "ProcessControl", "Records",
      "StateFiles",
      "SupervisorProtocol", "SystemPackage", "Tasks",
    ],
    "bgctl": [
      "Advice", "ArgumentParser", "BashEngine", "CProtocol", "FoundationEssentials", "Glibc", "Notices",
      "ProcessControl", "StateFiles", "SystemPackage", "TaskOperations", "Tasks",
    ],
    "Agents": ["Advice", "FoundationEssentials", "Notices", "ProcessControl", "TaskOperations", "Tasks"],
    "bgsh-agents": [
      "Advice", "Agents", "ArgumentParser", "BashEngine", "BashSyntax", "CProtocol", "Connections", "Glibc", "Notices",
      "ProcessControl", "Records", "StateFiles", "SupervisorProtocol", "SystemPackage", "TaskOperations", "Tasks",
    ],
  ]

  /// C targets: they import nothing of ours.
  static let cTargets: Set = ["CInvocation", "CPlainCommand", "CProcess", "CProtocol", "CSQLite"]

  /// What runs in bgsh and bgsh-supervisor, which have one thread and fork.
  static let hotTargets = [
    "BashEngine", "BashSyntax", "Connections", "Notices", "ProcessControl", "Records", "Shell", "StateFiles",
    "Supervision",
    "SupervisorProtocol", "TaskOperations", "Tasks", "bgsh", "bgsh-supervisor",
  ]

  /// Where a trap would take a session or its tasks along.
  static let untrappingTargets = [
    "Connections", "Notices", "Records", "Shell", "StateFiles", "Supervision", "SupervisorProtocol", "TaskOperations",
    "Tasks",
  ]

  static let concurrencyWords: Set = [
    "async", "await", "Task", "TaskGroup", "actor", "MainActor", "Dispatch", "DispatchQueue", "Thread",
    "pthread_create",
  ]

  /// Calls that only CProcess makes: what happens between fork and exec has to be C.
  static let processCalls: Set = [
    "fork", "vfork", "forkpty", "daemon", "signal", "sigaction", "posix_spawn", "posix_spawnp", "system", "popen",
  ]
}
