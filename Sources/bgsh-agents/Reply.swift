import Tasks

/// The result of a call, before what is due is put in front of it.
struct Reply {
  var text: String
  var isError = false
  /// Tasks whose ends this tells of: what is due about them is not told once more.
  var tells: Set<TaskID> = []
}
