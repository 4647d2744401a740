import CacheNet
import Clocks
import DeepCache
import Inference
import Models
import ONNXImport
import SemanticMemory
import Tensors
import Tracking
import Video
import Vision

// What stands in public signatures of DeepVid and is declared in the rooms beneath, under the same names: a program imports DeepVid alone.

// MARK: Models and errors

/// Which model to run and how to read its outputs.
public typealias ModelOptions = Models.ModelOptions
/// What a model's convolutions are computed in.
public typealias Precision = Inference.Precision
/// What is known of a model before anything is loaded: name, digest, labels.
public typealias ModelProfile = Models.ModelProfile
/// Why something cannot be done: a code for programs, a sentence for people.
public typealias DeepVidError = Models.DeepVidError
/// One line of what `ModelReport` lists: a layer's name, kind, shape and multiply-accumulates.
public typealias LayerSummary = Inference.LayerSummary
/// Extents of a tensor, the outermost first.
public typealias Shape = Tensors.Shape
/// What an ONNX file declares, read without loading it.
public typealias ModelOutline = ONNXImport.ModelOutline

// MARK: Videos

/// One decoded picture; cheap to copy, and keeps its pixels alive.
public typealias Frame = Video.Frame
/// What to read of an input, and how.
public typealias VideoOptions = Video.VideoOptions
/// What is known of an input before its first frame: size, codec, rate, duration.
public typealias StreamInfo = Video.StreamInfo
/// The cause of a `DeepVidError` about a video: the input, and FFmpeg's own number and words.
public typealias VideoError = Video.VideoError
/// A fraction, such as a frame rate or a time base.
public typealias Rational = Video.Rational
/// When a picture was received, by the wall clock and by one that never jumps.
public typealias Arrival = Video.Arrival
/// How a picture is turned to be shown.
public typealias Orientation = Video.Orientation
/// How a picture's colors are coded.
public typealias ColorMatrix = Video.ColorMatrix
/// Which of the values of a byte a picture's colors use.
public typealias ColorRange = Video.ColorRange
/// Where a block of a picture comes from, as its codec says.
public typealias MotionVector = Video.MotionVector
/// A key frame from which an input can be read on (`VideoOptions.resume`).
public typealias ResumePoint = Video.ResumePoint
/// Counts of what was read of an input.
public typealias ReadingSummary = Video.FrameQueue.Summary
/// The last packets of a live input.
public typealias PacketRing = Video.PacketRing
/// What other pictures a coded one needs.
public typealias PictureKind = Video.CodedGroup.Picture.Kind

// MARK: Answers

/// What a model says of a picture, by the kind of its head.
public typealias HeadResult = Vision.HeadResult
/// An object with its box.
public typealias Detection = Vision.Detection
/// A class with its probability.
public typealias Classification = Vision.Classification
/// Left, top, width and height in source pixels.
public typealias Box = Vision.Box
/// What is known of an object's outline: keypoints, a mask, or a turned box.
public typealias ObjectShape = Vision.ObjectShape
/// One of an object's named points.
public typealias Keypoint = Vision.Keypoint
/// The pixels of a box that are the object's.
public typealias Mask = Vision.Mask
/// A box that is turned around its middle.
public typealias RotatedBox = Vision.RotatedBox
/// A value for each place of a picture.
public typealias PixelMap = Vision.PixelMap
/// A class for each place of a picture.
public typealias SemanticMap = Vision.SemanticMap
/// A depth for each place of a picture.
public typealias DepthMap = Vision.DepthMap
/// What a second model says of an object.
public typealias ObjectAnswer = Vision.ObjectAnswer
/// A class of an object by a second model.
public typealias ObjectClass = Vision.ObjectClass

// MARK: Reuse

/// How computation is reused between frames.
public typealias ReuseOptions = DeepCache.ReuseOptions
/// What has to agree with dense inference.
public typealias AgreeOn = DeepCache.AgreeOn
/// Why nothing of a frame was reused.
public typealias ReuseReason = DeepCache.ReuseReason
/// Parameters of the policy `deepcache`.
public typealias DeepCacheOptions = DeepCache.DeepCacheOptions
/// Whether the policy `deepcache` asks the codec for motion.
public typealias MotionHints = DeepCache.MotionHints
/// Parameters of the policy `deepmon`.
public typealias DeepMonOptions = DeepCache.DeepMonOptions
/// Parameters of the policy `cbinfer`.
public typealias CBinferOptions = DeepCache.CBinferOptions
/// Parameters of the policy `motion`.
public typealias MotionOptions = DeepCache.MotionOptions
/// How well reuse agrees with dense inference, by the frames that were drawn, with an interval.
public typealias AgreementEstimate = DeepCache.AgreementEstimate
/// How well dense inference agrees with itself on a picture with other noise.
public typealias NoiseFloor = DeepCache.NoiseFloor
/// What came of computing a frame both ways.
public typealias AuditedFrame = DeepCache.AuditedFrame

// MARK: Zones, bundles, memories, recordings

/// Zones, lines and masks, as a file gives them (deepvid-zones(5)).
public typealias ZonePlan = Tracking.ZonePlan
/// Counts of what happened at zones and lines.
public typealias ZoneWatch = Tracking.ZoneWatch
/// Which models of a CacheNet bundle answer, and where they are.
public typealias RouteOptions = CacheNet.RouteOptions
/// After how many votes another submodel becomes active.
public typealias Hysteresis = CacheNet.Hysteresis
/// An edge server, which answers frames and serves bundles.
public typealias EdgeService = CacheNet.EdgeService
/// An edge server at a URL.
public typealias EdgeConnection = CacheNet.EdgeConnection
/// What an edge server failed at; `EdgeConnection` throws it.
public typealias EdgeError = CacheNet.EdgeError
/// Which model of a bundle answered a frame, and why.
public typealias RouteOutcome = CacheNet.RouteOutcome
/// Counts of who answered.
public typealias RouteCounts = CacheNet.RouteCounts
/// What is remembered of a classifier's classes.
public typealias ClassMemory = SemanticMemory.ClassMemory
/// Decides where a frame may leave a classifier.
public typealias Recognizer = SemanticMemory.Recognizer
/// A time zone, of recordings.
public typealias Zone = Clocks.Zone
