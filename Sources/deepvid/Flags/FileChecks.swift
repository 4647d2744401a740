import Glibc

/// Refuses what certainly is no file of records, in words that say what to do.
func checkResults(_ path: String) throws(Complaint) {
    guard path != "-" else { return }
    if path.isEmpty { throw .unusable("the name of a results file is empty; give a file that 'deepvid infer' wrote") }
    var status = stat()
    guard stat(path, &status) == 0 else {
        throw .unusable(
            "\(path): \(errno == ENOENT ? "no such file; 'deepvid infer CLIP -o \(path)' makes one" : String(cString: strerror(errno)))")
    }
    switch status.st_mode & S_IFMT {
    case S_IFDIR: throw .unusable("\(path): is a directory; name a file of records in it")
    case S_IFREG where status.st_size == 0: throw .unusable("\(path): the file is empty; expected what 'deepvid infer' writes")
    default: break
    }
    if access(path, R_OK) != 0 { throw .unusable("\(path): \(String(cString: strerror(errno))); check the file's owner and mode") }
}

/// Refuses an output that is a folder, cannot be made, or would take the place of an input.
func checkOutputFile(_ output: String, inputs: [String]) throws(Complaint) {
    var target = stat()
    guard stat(output, &target) == 0 else {
        let folder = output.lastIndex(of: "/").map { String(output[...$0]) } ?? "."
        guard stat(folder, &target) == 0, target.st_mode & S_IFMT == S_IFDIR else {
            throw .unusable("\(output): cannot be written: there is no folder \(folder); make it, or name another file")
        }
        return
    }
    if target.st_mode & S_IFMT == S_IFDIR { throw .unusable("\(output): is a directory; --output needs a file name") }
    for input in inputs {
        var status = stat()
        if stat(input, &status) == 0, status.st_ino == target.st_ino, status.st_dev == target.st_dev {
            throw .unusable("\(output) is also an input; --output would overwrite it")
        }
    }
}
