// How a C enumeration gets a name in Swift, and its cases theirs.
#ifndef BGSH_SWIFT_NAMES_H
#define BGSH_SWIFT_NAMES_H

#define BGSH_SWIFT_NAME(name) __attribute__((swift_name(name)))

/// An enumeration whose values come from our own tables only: Swift knows all of them.
#define BGSH_CLOSED_ENUM(name) __attribute__((enum_extensibility(closed), swift_name(name)))

/// One whose values another program sends, which may be none of these.
#define BGSH_OPEN_ENUM(name) __attribute__((enum_extensibility(open), swift_name(name)))

#endif
