import DeepCache
import Models
import Video
import Vision

// What importers of DeepVid need of the rooms beneath, under the same names.
public typealias Frame = Video.Frame
public typealias VideoReader = Video.VideoReader
public typealias VideoOptions = Video.VideoOptions
public typealias Detection = Vision.Detection
public typealias Classification = Vision.Classification
public typealias ModelOptions = Models.ModelOptions
public typealias ReuseOptions = DeepCache.ReuseOptions
public typealias DeepVidError = Models.DeepVidError
