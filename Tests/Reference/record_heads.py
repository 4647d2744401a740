#!/usr/bin/env python3
"""Records what the published models put out for real frames, and what is to be read from it, for VisionTests.

    record_heads.py --models DIR --videos DIR              writes .build-references/heads/ (git-ignored, whole outputs)
    record_heads.py --models DIR --videos DIR --golden     writes Tests/Reference/golden/ (committed, sparse outputs)

Sparse: only locations that the reference scores at 0.27 or more are kept, rounded to half precision and without tiny values;
all others read 0, which scores nothing in every one of these heads; boxes and scores are then decoded from these same sparse outputs.
"""
import argparse, json, pathlib
import numpy as np
from detectors import DETECTORS
from reference_pipeline import clip_size, objects, open_session, prepare, rgb_frames

ROOT = pathlib.Path(__file__).resolve().parents[2]
CLIPS = [("tripod_sam2_juggle720p.mp4", 60), ("fixed_intel_one-by-one-person-detection.mp4", 150), ("moving_udacity_vehicle_test_video.mp4", 20)]


def frame(path, index):
    frames = rgb_frames(path)
    for i, rgb in enumerate(frames):
        if i == index:
            break
    frames.close()
    return rgb


def sparse(outputs, detector):
    """The outputs with everything but promising locations set to 0."""
    _, scores, _ = detector.decode(outputs, detector.size)
    kept = np.flatnonzero(scores >= 0.27)
    if len(outputs) == 1 and next(iter(outputs.values())).ndim == 4:  # channel-major
        name, value = next(iter(outputs.items()))
        flat = np.zeros_like(value).reshape(value.shape[1], -1)
        flat[:, kept] = value.reshape(value.shape[1], -1)[:, kept]
        return {name: flat.reshape(value.shape)}
    result = {name: np.zeros_like(value) for name, value in outputs.items()}
    levels = sorted({v.shape[1] for v in outputs.values()}, reverse=True)
    start = 0
    for count in levels:
        rows = kept[(kept >= start) & (kept < start + count)] - start
        for name, value in outputs.items():
            if value.shape[1] == count and not name.startswith("kps"):
                result[name][:, rows] = value[:, rows]
                if name == "boxes":  # by which the head tells raw offsets from decoded corners
                    result[name][:, :32] = value[:, :32]
        start += count
    return result


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--models", type=pathlib.Path, required=True)
    parser.add_argument("--videos", type=pathlib.Path, required=True)
    parser.add_argument("--golden", action="store_true")
    options = parser.parse_args()
    folder = ROOT / ("Tests/Reference/golden" if options.golden else ".build-references/heads")
    folder.mkdir(parents=True, exist_ok=True)
    for clip, index in CLIPS[:2] if options.golden else CLIPS:
        rgb = frame(str(options.videos / clip), index)
        for name, detector in DETECTORS.items():
            session = open_session(options.models / detector.file)
            values, placed = prepare(rgb, detector)
            names = [o.name for o in session.get_outputs()]
            outputs = dict(zip(names, session.run(names, {session.get_inputs()[0].name: values})))
            if options.golden:
                outputs = {k: np.where(np.abs(v) < 5e-3, 0, v).astype(np.float16).astype(np.float32) for k, v in sparse(outputs, detector).items()}
            expected = objects(outputs, detector, placed, rgb.shape[1], rgb.shape[0], 0.3)
            if options.golden and not expected:
                continue
            write(folder, name, clip, index, detector, rgb, outputs, expected, options.golden)


def write(folder, name, clip, index, detector, rgb, outputs, expected, golden):
    stem = f"{name}-{pathlib.Path(clip).stem.split('_')[-1].split('-')[0]}"
    case = {
        "clip": clip, "frame": index, "source": [rgb.shape[1], rgb.shape[0]], "model": list(detector.size),
        "score": 0.3, "expected": [{**o, "score": round(o["score"], 5), "box": [round(v, 3) for v in o["box"]]} for o in expected], "outputs": []}
    blob = b""
    for output, value in outputs.items():
        entry = {"name": output, "dims": list(value.shape)}
        if golden:
            flat = value.reshape(-1)
            entry["at"] = np.flatnonzero(flat).tolist()
            entry["values"] = [float(f"{v:.5g}") for v in flat[flat != 0]]
        else:
            entry["offset"] = len(blob)
            blob += np.ascontiguousarray(value, np.float32).tobytes()
        case["outputs"].append(entry)
    (folder / f"{stem}.json").write_text(json.dumps(case, separators=(",", ":")) + "\n")
    if not golden:
        (folder / f"{stem}.bin").write_bytes(blob)
    print(stem, len(expected), "objects")


if __name__ == "__main__":
    main()
