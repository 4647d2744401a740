"""Small detectors for one camera, taught by a large one: CacheNet's bundle, of detectors."""
