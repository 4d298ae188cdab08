// How a program's shell and the server of its calls speak: frames, and
// fields that end with a NUL each. A shell that has nothing to
// do keeps a connection open; what it is to do comes on it.
#ifndef BGSH_CALLS_H
#define BGSH_CALLS_H

#include "swift_names.h"

enum {
  /// Of what kinds and fields mean.
  bgsh_calls_version = 2,
};

/// What a shell says.
enum BGSH_OPEN_ENUM("RestKind") bgsh_rest {
  /// It has nothing to do. Fields: the number of the call that it has run last ("0" for none), the status of that, its own
  /// process ID, BGSH_TASK, its directory, the statuses of the last pipeline if they hide a failure.
  bgsh_rest_shell BGSH_SWIFT_NAME("shell") = 'S',
  /// It is a copy of the shell as it was before a call. Fields: the number of the call, its own process ID.
  bgsh_rest_copy BGSH_SWIFT_NAME("copy") = 'C',
  /// It has opened the file of a call, and runs it. Field: the number of the call.
  bgsh_rest_begun BGSH_SWIFT_NAME("begun") = 'O',
};

/// What a shell is to do. Fields of the first three: the number of the call, the file that takes its output, the text.
enum BGSH_OPEN_ENUM("OrderKind") bgsh_order {
  /// Run a call, and leave a copy of the shell behind, as it is before.
  bgsh_order_run BGSH_SWIFT_NAME("run") = 'X',
  /// Run code of bgsh's own, without a trace in `$?`.
  bgsh_order_evaluate BGSH_SWIFT_NAME("evaluate") = 'B',
  /// End with the status of the call, which has become a task; the file takes what is still written.
  bgsh_order_end BGSH_SWIFT_NAME("end") = 'E',
  /// End.
  bgsh_order_leave BGSH_SWIFT_NAME("leave") = 'L',
};

#endif
