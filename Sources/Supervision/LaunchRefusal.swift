import CProtocol
import ProcessControl
import Records
import SystemPackage

/// Why no task can be launched, as a packet in place of an id.
extension LaunchRefusal {
  init(_ error: StoreError) {
    switch error {
    case .full: self = .full
    case .readOnly: self = .unwritable
    case .newerVersion: self = .newer
    case .busy: self = .busy
    case .noMemory: self = .memory
    case .tooLarge: self = .limit
    default: self = .database
    }
  }

  init(_ error: Errno) {
    switch error {
    case .noSpace, .diskQuotaExceeded: self = .full
    case .noMemory: self = .memory
    case .tooManyOpenFiles, .tooManyOpenFilesInSystem: self = .files
    default: self = .unwritable
    }
  }
}
