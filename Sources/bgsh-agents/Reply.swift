import Tasks

/// The result of a call, before what is due is put in front of it.
struct Reply {
  var text: String
  var isError = false
  /// Tasks whose ends this tells of: what is due about them is not told once more.
  var tells: Set<TaskID> = []
  /// The task that the call has started, or has become. Who can be given the task itself is not told the text.
  var launched: TaskID?
}
