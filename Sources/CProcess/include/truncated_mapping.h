#ifndef BGSH_TRUNCATED_MAPPING_H
#define BGSH_TRUNCATED_MAPPING_H

/// Lets this process live on when a file that it has mapped is made shorter: it reads zeros there from then on.
void bgsh_survive_truncated_mappings(void);

#endif
