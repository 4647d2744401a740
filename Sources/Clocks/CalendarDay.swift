import Glibc

enum CalendarDay {
    /// Its beginning, in seconds since 1970 of a clock that shows UTC; nil where there is no such day.
    static func seconds(year: Int, month: Int, day: Int) -> Double? {
        var parts = tm()
        (parts.tm_year, parts.tm_mon, parts.tm_mday) = (Int32(year - 1900), Int32(month - 1), Int32(day))
        let seconds = timegm(&parts)
        // It makes 2 March of 30 February.
        return parts.tm_mon == month - 1 && parts.tm_mday == day ? Double(seconds) : nil
    }
}
