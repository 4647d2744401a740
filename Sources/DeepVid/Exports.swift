import DeepCache

public typealias ReuseOptions = DeepCache.ReuseOptions
public typealias CacheOptions = DeepCache.ReuseOptions
public typealias MotionHints = DeepCache.MotionHints
