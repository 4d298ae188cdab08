// Nothing but headers: what C and Swift both know stands in them once. Each is
// whole by itself.
#include "calls.h"
#include "descriptors.h"
#include "exit_statuses.h"
#include "job_commands.h"
#include "launches.h"
#include "questions.h"
#include "session_files.h"
#include "start_settings.h"
#include "task_flags.h"
#include "variables.h"
