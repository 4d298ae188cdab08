extension RunnerFamily {
  static let make = RunnerFamily(
    failures: ["…: *** No rule to make target …", "…Makefile:9: *** …", "…:9: *** …", "FAILED: …"],
    consequences: [
      "make: *** …", "make[9]: *** …", "gmake: *** …", "gmake[9]: *** …", "…: recipe for target '…' failed",
      "ninja: build stopped: …", "ERROR: Build did NOT complete …", "FAILED: Build did NOT complete …",
      "make: Target '…' not remade …",
    ],
    noise: [
      "make[9]: Entering directory …", "make[9]: Leaving directory …", "make: Entering directory …",
      "make: Leaving directory …", "[9%] …", "[9/9] …", "Use --sandbox_debug …", "^INFO: …",
    ])

  static let cmake = RunnerFamily(
    commands: ["cmake", "ctest"],
    failures: ["CMake Error at …", "CMake Error: …", "CMake Error…:", "9/9 Test #9: …***…"],
    summaries: ["9% tests passed, …", "Total Test time …", "The following tests FAILED:"],
    consequences: ["Errors while running CTest", "-- Configuring incomplete, errors occurred!", "See also \"…"],
    noise: [
      "9/9 Test #9: … Passed …", "Start 9: …", "-- …", "Output from these tests are in: …", "Use \"--rerun-failed…",
    ])

  /// Maven, and what is printed by JUnit and javac.
  static let java = RunnerFamily(
    commands: ["mvn", "mvnw", "javac", "java", "ant"],
    sections: [
      "[ERROR] Failures:", "[ERROR] Errors:", "Failed tests: …", "Tests in error: …", "[ERROR] COMPILATION ERROR :",
      "Failed tests:", "Tests in error:",
    ],
    failures: [
      "[ERROR] …:[9,9] …", "….java:9: error: …", "[ERROR] … <<< FAILURE!", "[ERROR] … <<< ERROR!", "… <<< FAILURE!",
      "… <<< ERROR!", "[ERROR] ….java:9:9: …",
    ],
    listed: ["[ERROR] …", " …Test.…:9…", " …Tests.…:9…"],
    mentions: ["[ERROR] …", "[FATAL] …"],
    messages: ["Caused by: …", "expected:…", "Expected: …", "but: …"],
    places: ["at …(…:9)", "at …(Native Method)", "at …(Unknown Source)", "... 9 more"],
    summaries: ["[ERROR] Tests run: …", "Tests run: …", "[INFO] BUILD FAILURE", "[INFO] …"],
    consequences: ["[ERROR] Failed to execute goal …", "[ERROR] There are test failures…", "[ERROR] mvn <goals> …"],
    noise: [
      "[ERROR]", "[INFO]", "[INFO] …", "[WARNING] …", "[WARN] …", "[DEBUG] …", "[ERROR] -> [Help 9]",
      "[ERROR] To see the full stack trace …",
      "[ERROR] Re-run Maven …", "[ERROR] For more information …", "[ERROR] [Help 9] …", "[ERROR] After correcting …",
      "[ERROR] Please refer to …", "Downloading…: …", "Downloaded…: …",
    ])

  static let gradle = RunnerFamily(
    commands: ["gradle", "gradlew", "kotlinc"],
    failures: ["… > … FAILED", "e: …"],
    mentions: ["* What went wrong:"],
    summaries: [
      "9 tests completed, …", "BUILD FAILED…", "9 actionable tasks…", "FAILURE: Build failed …",
      "FAILURE: Build completed …",
    ],
    noise: [
      "> Task :…", ":…", "Caused by: org.gradle.…", "* Try:", "* Get more help …", "Run with --…", "> Run with --…",
      "w: …", "* Exception is:", "> There were failing tests. …", "… PASSED", "… SKIPPED",
    ])

  static let scala = RunnerFamily(
    commands: ["sbt", "scalac"],
    failures: ["[error] …:9:9: …", "[error] …:9: …", "[info] … *** FAILED ***…", "[error] Test … failed: …"],
    messages: ["[error] …", "[info]   …(….scala:9)"],
    summaries: ["[error] … errors found", "[error] … error found", "[info] Tests: …", "[info] Run completed …"],
    consequences: ["[error] (…) …", "[error] Total time: …", "[error] Failed: Total …", "[error] Failed tests:"],
    noise: ["[info] …", "[warn] …", "[success] …", "[error]", "[error] ^"])

  static let dotNet = RunnerFamily(
    commands: ["dotnet", "msbuild", "xbuild", "nunit-console"],
    failures: ["… [FAIL]", "…(9,9): error …: …", "9) Failed : …", "Failed … [9 ms]", "… : error …: …"],
    mentions: ["[xUnit.net …] … [FAIL]"],
    messages: ["Assert.…", "Expected: …", "Actual: …", "But was: …"],
    places: ["at … in …:line 9", "at …(…) in …", "at …"],
    summaries: [
      "Total tests: …", "… Total: 9, Errors: 9, …", "Failed! - …", "Build FAILED.", "9 Error(s)", "9 Warning(s)",
    ],
    noise: ["… : warning …: …", "Passed …", "Error Message:", "Stack Trace:"])
}
