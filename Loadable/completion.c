#include "library.h"
void bgsh_follow_completion(void) {}
