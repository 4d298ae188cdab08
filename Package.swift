// swift-tools-version: 6.2
import PackageDescription

/// What every Swift target of ours is compiled with.
let strict: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .treatAllWarnings(as: .error),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("InternalImportsByDefault"),
]

/// What reads much is optimised in the debug build that is tested, too: every shell file of the machine, hundreds of
/// outputs, `/proc` again and again. `assert` still counts.
let quick: [SwiftSetting] = [.unsafeFlags(["-O", "-assert-config", "Debug"], .when(configuration: .debug))]

/// Release binaries are static executables: the dynamic linker would cost more than everything else at start. They are
/// not position-independent: relocating them touches 250 KiB of every process (docs/design/overview.md).
/// `BGSH_DYNAMIC=1` in the environment builds the dynamic variant.
let isDynamic = Context.environment["BGSH_DYNAMIC"] != nil
let release = BuildSettingCondition.when(configuration: .release)
let staticSwift: [SwiftSetting] = isDynamic ? [] : [.unsafeFlags(["-static-executable"], release)]
let staticLink: [LinkerSetting] =
  isDynamic
  ? []
  : [
    .unsafeFlags(
      ["-static-executable", "-use-ld=lld", "-Xlinker", "--gc-sections"], release)
  ]

/// ArgumentParser brings FoundationEssentials, whose own libraries the linker is not told of in a static executable.
let foundationParts: [LinkerSetting] =
  isDynamic
  ? [] : [.linkedLibrary("_FoundationCollections", release), .linkedLibrary("_FoundationCShims", release)]

let systemPackage = Target.Dependency.product(name: "SystemPackage", package: "swift-system")

/// What the programs are made of, from the bottom up.
let modules: [Target] = [
  .target(name: "CProcess", cSettings: [.unsafeFlags(["-Wall", "-Wextra", "-Werror"])]),
  .target(name: "CInvocation", cSettings: [.define("_GNU_SOURCE"), .unsafeFlags(["-Wall", "-Wextra", "-Werror"])]),
  .target(name: "CProtocol", cSettings: [.unsafeFlags(["-Wall", "-Wextra", "-Werror"])]),
  .target(
    name: "CPlainCommand", dependencies: ["CInvocation", "CProtocol"],
    cSettings: [.define("_GNU_SOURCE"), .unsafeFlags(["-Wall", "-Wextra", "-Werror"])]),
  .systemLibrary(name: "CSQLite", providers: [.apt(["libsqlite3-dev"])]),
  .target(name: "BashSyntax", dependencies: ["CProtocol"], swiftSettings: strict + quick),
  .target(name: "ProcessControl", dependencies: ["CProcess", systemPackage], swiftSettings: strict),
  .target(
    name: "Connections", dependencies: ["CProcess", "CProtocol", "ProcessControl", systemPackage],
    swiftSettings: strict),
  .target(name: "Tasks", dependencies: ["CProtocol", "ProcessControl"], swiftSettings: strict),
  .target(
    name: "StateFiles", dependencies: ["CProcess", "CProtocol", "ProcessControl", "Tasks", systemPackage],
    swiftSettings: strict),
  .target(
    name: "SupervisorProtocol",
    dependencies: ["CProcess", "CProtocol", "Connections", "ProcessControl", "StateFiles", "Tasks", systemPackage],
    swiftSettings: strict),
  .target(name: "Notices", dependencies: ["ProcessControl", "StateFiles", "Tasks"], swiftSettings: strict),
  .target(
    name: "Records",
    dependencies: [
      "CProcess", "CSQLite", "Notices", "ProcessControl", "StateFiles", "SupervisorProtocol", "Tasks", systemPackage,
    ],
    swiftSettings: strict),
  .target(
    name: "Supervision",
    dependencies: [
      "CProcess", "CProtocol", "Connections", "Notices", "ProcessControl", "Records", "StateFiles",
      "SupervisorProtocol", "Tasks", systemPackage,
    ],
    swiftSettings: strict),
  .target(
    name: "BashEngine",
    dependencies: [
      "BashSyntax", "CInvocation", "CProcess", "CProtocol", "Connections", "ProcessControl", "StateFiles",
      "SupervisorProtocol", "Tasks", systemPackage,
    ],
    swiftSettings: strict + quick),
  .target(
    name: "Advice", dependencies: ["BashSyntax", "Notices", "StateFiles", "Tasks"], swiftSettings: strict + quick),
  .target(
    name: "TaskOperations",
    dependencies: [
      "Advice", "BashEngine", "CProcess", "CProtocol", "Connections", "Notices", "ProcessControl", "Records",
      "StateFiles", "SupervisorProtocol", "Tasks", systemPackage,
    ],
    swiftSettings: strict),
  .target(
    name: "Shell",
    dependencies: [
      "Advice", "BashEngine", "BashSyntax", "CInvocation", "CPlainCommand", "CProtocol", "Connections", "Notices",
      "ProcessControl", "Records", "StateFiles", "SupervisorProtocol", "Tasks", systemPackage,
    ],
    swiftSettings: strict),
  .target(
    name: "Agents", dependencies: ["Advice", "Notices", "ProcessControl", "TaskOperations", "Tasks"],
    swiftSettings: strict),
]

/// The programs.
let programs: [Target] = [
  .executableTarget(
    name: "bgsh", dependencies: ["Shell", "Supervision"], swiftSettings: strict + staticSwift,
    linkerSettings: staticLink),
  .executableTarget(
    name: "bgsh-supervisor", dependencies: ["ProcessControl", "Supervision", "SupervisorProtocol", systemPackage],
    swiftSettings: strict + staticSwift, linkerSettings: staticLink),
  .executableTarget(
    name: "bgctl",
    dependencies: [
      "Advice", "BashEngine", "CProtocol", "Notices", "ProcessControl", "StateFiles", "TaskOperations", "Tasks",
      systemPackage,
      .product(name: "ArgumentParser", package: "swift-argument-parser"),
    ],
    swiftSettings: strict + staticSwift, linkerSettings: staticLink + foundationParts),
  .executableTarget(
    name: "bgsh-agents",
    dependencies: [
      "Advice", "Agents", "BashEngine", "BashSyntax", "CProtocol", "Connections", "Notices", "ProcessControl",
      "Records", "StateFiles", "SupervisorProtocol", "TaskOperations", "Tasks", systemPackage,
      .product(name: "ArgumentParser", package: "swift-argument-parser"),
    ],
    swiftSettings: strict + staticSwift, linkerSettings: staticLink + foundationParts),
]

/// The tests, with what they share.
let tests: [Target] = [
  .target(
    name: "CTestSupport", path: "Tests/CSupport", cSettings: [.unsafeFlags(["-Wall", "-Wextra", "-Werror"])]),
  .target(name: "TestSupport", dependencies: ["CTestSupport"], path: "Tests/Support", swiftSettings: strict + quick),
  .target(
    name: "TaskSamples", dependencies: ["ProcessControl", "Tasks"], path: "Tests/TaskSamples", swiftSettings: strict),
  .target(
    name: "SyntaxSupport", dependencies: ["BashSyntax"], path: "Tests/SyntaxSupport", swiftSettings: strict + quick),
  .testTarget(name: "SupportTests", dependencies: ["TestSupport"], swiftSettings: strict),
  .testTarget(name: "ArchitectureTests", dependencies: ["CProtocol", "TestSupport"], swiftSettings: strict),
  .testTarget(
    name: "ProcessControlTests", dependencies: ["ProcessControl", "TestSupport", systemPackage],
    swiftSettings: strict),
  .testTarget(
    name: "ConnectionsTests", dependencies: ["Connections", "ProcessControl", systemPackage], swiftSettings: strict),
  .testTarget(
    name: "SupervisionTests",
    dependencies: [
      "CProtocol", "Connections", "Notices", "ProcessControl", "Records", "StateFiles", "Supervision",
      "SupervisorProtocol", "TaskSamples", "Tasks", "TestSupport", systemPackage,
    ],
    swiftSettings: strict),
  .testTarget(
    name: "BashEngineTests",
    dependencies: [
      "BashEngine", "BashSyntax", "Connections", "ProcessControl", "StateFiles", "SupervisorProtocol", "SyntaxSupport",
      "Tasks", "TestSupport", systemPackage,
    ],
    swiftSettings: strict + quick),
  .testTarget(
    name: "ShellTests",
    dependencies: ["BashEngine", "BashSyntax", "ProcessControl", "Shell", "SupervisorProtocol", "Tasks"],
    swiftSettings: strict),
  .testTarget(
    name: "AgentsTests",
    dependencies: ["Agents", "Notices", "ProcessControl", "TaskOperations", "TaskSamples", "Tasks", "TestSupport"],
    swiftSettings: strict),
  .testTarget(name: "EndToEndTests", dependencies: ["TestSupport"], swiftSettings: strict),
  .testTarget(name: "ComparisonTests", dependencies: ["TestSupport"], swiftSettings: strict),
  .testTarget(
    name: "BashSyntaxTests", dependencies: ["BashSyntax", "CProtocol", "SyntaxSupport"], swiftSettings: strict),
  .testTarget(
    name: "TasksTests", dependencies: ["CProtocol", "ProcessControl", "TaskSamples", "Tasks"], swiftSettings: strict),
  .testTarget(
    name: "StateFilesTests",
    dependencies: ["CProcess", "ProcessControl", "StateFiles", "TaskSamples", "Tasks", "TestSupport", systemPackage],
    swiftSettings: strict),
  .testTarget(
    name: "SupervisorProtocolTests",
    dependencies: [
      "CProcess", "Connections", "ProcessControl", "StateFiles", "SupervisorProtocol", "TaskSamples", "Tasks",
      "TestSupport", systemPackage,
    ],
    swiftSettings: strict),
  .testTarget(
    name: "NoticesTests", dependencies: ["Notices", "ProcessControl", "TaskSamples", "Tasks", systemPackage],
    swiftSettings: strict),
  .testTarget(
    name: "RecordsTests",
    dependencies: [
      "CProcess", "Notices", "ProcessControl", "Records", "StateFiles", "SupervisorProtocol", "TaskSamples", "Tasks",
      "TestSupport", systemPackage,
    ],
    swiftSettings: strict),
  .testTarget(
    name: "TaskOperationsTests",
    dependencies: [
      "Connections", "Notices", "ProcessControl", "Records", "StateFiles", "SupervisorProtocol", "TaskOperations",
      "TaskSamples", "Tasks", "TestSupport", systemPackage,
    ],
    swiftSettings: strict),
  .testTarget(
    name: "AdviceTests", dependencies: ["Advice", "ProcessControl", "Tasks", "TestSupport", systemPackage],
    exclude: ["Outputs"], swiftSettings: strict),
]

let package = Package(
  name: "bgsh",
  products: [
    .executable(name: "bgsh", targets: ["bgsh"]),
    .executable(name: "bgsh-supervisor", targets: ["bgsh-supervisor"]),
    .executable(name: "bgctl", targets: ["bgctl"]),
    .executable(name: "bgsh-agents", targets: ["bgsh-agents"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-system", from: "1.6.0"),
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.6.0"),
  ],
  targets: modules + programs + tests,
  cLanguageStandard: .gnu11
)
