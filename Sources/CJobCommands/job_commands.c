#include "job_commands.h"
