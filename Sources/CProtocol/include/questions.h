// What the library in bash asks of bgsh, and what bgsh answers: a frame each
// way, with fields that end with a NUL each. Each question has a connection of
// its own.
#ifndef BGSH_QUESTIONS_H
#define BGSH_QUESTIONS_H

#include "frames.h"
#include "swift_names.h"

enum {
  /// Of what kinds and fields mean.
  bgsh_question_version = 2,
  /// The longest question, in bytes: none that is longer is asked, nor listened to.
  bgsh_longest_question = 64 * 1024 * 1024,
};

/// What is asked.
enum BGSH_OPEN_ENUM("QuestionKind") bgsh_question {
  /// A prompt comes next. Fields: variables (BGSH_TOLD_VARIABLES) that are set, in pairs, a name and its value. The answer is
  /// `done`.
  bgsh_question_turn BGSH_SWIFT_NAME("turn") = 'T',
  /// Whether there is something to tell. The answer is `done`, and comes as soon as there is.
  bgsh_question_news BGSH_SWIFT_NAME("news") = 'W',
  /// A line is being edited and has been cleared: what is due is to be told in its place. Fields as for a prompt. The answer is
  /// `done`.
  bgsh_question_tell BGSH_SWIFT_NAME("tell") = 'S',
  /// What bash has read. Fields: the place (enum bgsh_place), where the newest line begins in the text, the number of its
  /// first line, "1" in posix mode, the text, and the names and bodies of the aliases that may matter.
  bgsh_question_text BGSH_SWIFT_NAME("text") = 'L',
  /// How to complete a word. Fields: where it begins, the line up to the cursor, the word without its quotes.
  bgsh_question_completion BGSH_SWIFT_NAME("completion") = 'K',
  /// How many tasks run. The answer is `done` with the number.
  bgsh_question_running BGSH_SWIFT_NAME("runningTasks") = 'N',
  /// Whether a task may be launched with these flags and settings: fields in pairs, a name and its value. The answer is
  /// `done`, or `error` with the reason.
  bgsh_question_check BGSH_SWIFT_NAME("check") = 'F',
};

/// What is answered.
enum BGSH_OPEN_ENUM("AnswerKind") bgsh_answer {
  /// There is no answer, only for the library itself: bgsh has gone.
  bgsh_answer_none BGSH_SWIFT_NAME("none") = 0,
  bgsh_answer_done BGSH_SWIFT_NAME("done") = 'D',
  /// Nothing is to be done, and the text says why.
  bgsh_answer_error BGSH_SWIFT_NAME("error") = 'E',
  /// Bash takes the text as it was read, or completes the word by itself.
  bgsh_answer_plain BGSH_SWIFT_NAME("plain") = 'P',
  /// Bash takes this text instead.
  bgsh_answer_replacement BGSH_SWIFT_NAME("replacement") = 'R',
  /// Bash forgets the command that it has begun to read, and takes this text.
  bgsh_answer_whole_command BGSH_SWIFT_NAME("wholeCommand") = 'W',
  /// Bash finds the end of the command without running it. A text that is not empty stands for the newest line.
  bgsh_answer_held BGSH_SWIFT_NAME("held") = 'H',
  /// Nothing of it is run, with status 2; bgsh has said why.
  bgsh_answer_refused BGSH_SWIFT_NAME("refused") = 'C',
  /// Bash takes the text as it was read, although an operator seems to be meant: it cannot be understood as a whole.
  bgsh_answer_not_understood BGSH_SWIFT_NAME("notUnderstood") = 'U',
  /// Bash completes the word as if this text, of the same length, stood before it.
  bgsh_answer_complete_after BGSH_SWIFT_NAME("completeAfter") = 'B',
  /// The word is completed with one of these, each of which ends with a newline.
  bgsh_answer_candidates BGSH_SWIFT_NAME("candidates") = 'A',
};

/// Where a text stands that bgsh is shown.
enum BGSH_OPEN_ENUM("TextPlace") bgsh_place {
  /// The first line of a command that somebody types, or a later one.
  bgsh_place_first BGSH_SWIFT_NAME("firstLine") = 'f',
  bgsh_place_later BGSH_SWIFT_NAME("laterLine") = 'l',
  /// The lines so far of a command of a source.
  bgsh_place_in_source BGSH_SWIFT_NAME("inSource") = 's',
  /// A command of a source, whose end bash has found.
  bgsh_place_whole BGSH_SWIFT_NAME("wholeCommand") = 'w',
  /// All of a text that bash is about to evaluate.
  bgsh_place_evaluated BGSH_SWIFT_NAME("evaluated") = 'e',
};

#endif
