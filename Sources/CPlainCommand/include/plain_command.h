// `bgsh -c COMMAND` with a command that has nothing to do with tasks becomes
// bash before Swift's runtime starts. C because it runs as the first
// constructor of the program: the runtime alone costs a third of what bash
// takes for `bash -c true` (docs/design/line.md).
#ifndef BGSH_PLAIN_COMMAND_H
#define BGSH_PLAIN_COMMAND_H

#include <stddef.h>

/// Whether a source may hold `&bg`, the prefix form or a task reference, for
/// the scanner to decide. Most sources hold none of their characters.
int bgsh_may_concern_tasks(const char *_Nonnull source, size_t length);

#endif
