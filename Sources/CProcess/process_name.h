// The name and the arguments that a process shows to others, for the files of this target.
#ifndef BGSH_PROCESS_NAME_H
#define BGSH_PROCESS_NAME_H

/// Shows others these arguments, NULL behind them, and the first as the name of this process.
void bgsh_rename_process(char *_Nullable const *_Nonnull words);

#endif
