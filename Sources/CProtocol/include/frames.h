// What precedes each message between bgsh's programs: docs/protocols.md has
// all of them.
#ifndef BGSH_FRAMES_H
#define BGSH_FRAMES_H

#include <stdint.h>

/// In the machine's byte order. Its form is that of all versions.
struct bgsh_frame_header {
  /// How many bytes follow.
  uint32_t length;
  /// A question's number, which its answer has too; 0 where nobody counts.
  uint32_t serial;
  /// Of what kinds and payloads mean, in one protocol.
  uint16_t version;
  uint16_t kind;
};

enum {
  /// The greatest version, and the greatest kind. So no printable text begins as a frame does: the formats of before the
  /// frames, which were text, are told apart.
  bgsh_greatest_version = 31,
  bgsh_greatest_kind = 255,
  /// The kind of a greeting, in every protocol that has greetings.
  bgsh_greeting_kind = 0,
};

#endif
