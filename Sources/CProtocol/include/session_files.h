// The names of files that more than one program uses.
#ifndef BGSH_SESSION_FILES_H
#define BGSH_SESSION_FILES_H

/// In the directory of a session: the socket for requests to its supervisor.
#define BGSH_CONTROL_SOCKET "control"
/// The socket where tasks ask to start.
#define BGSH_LAUNCHES_SOCKET "launches"
/// The FIFO that holds the next ids.
#define BGSH_IDS_FIFO "ids"
/// The list of what shells have confirmed.
#define BGSH_LAUNCHED_LIST "launched"

/// What follows the number of a task in the name of the file with its standard error, where that is kept apart.
#define BGSH_ERRORS_SUFFIX ".stderr"

#endif
