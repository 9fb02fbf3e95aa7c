import { limits } from '#base/limits.ts';
import { ObjectScanner } from './object-scanner.ts';
import type { XmlObject, XmlProblem, XmlRoot } from './xml-object.ts';

export interface ScanOptions {
  /** Trouble that did not end the scan. */
  onProblem: (problem: XmlProblem) => void;
  /** Called once, before the first object. */
  onRoot?: (root: XmlRoot) => void;
  /** False for a class whose objects are passed over: that is two to three times as fast. All are wanted when absent. */
  wanted?: (className: string) => boolean;
  limits?: { xmlValueBytes?: number; xmlElementsPerObject?: number };
  /** Bytes gathered before they are looked at. Smaller than a read of a file only in tests. */
  sliceBytes?: number;
}

/** What a read of a file gives. The speed is the same from 16 KiB to 1 MiB (measured), so memory decides. */
const defaultSliceBytes = 64 * 1024;

/**
 * Reads the objects of an entities.xml of any dialect, in the order of the file, in batches (those completed by one slice of input).
 *
 * Memory: one token (a value up to limits.xmlValueBytes, 256 MiB) and one batch. Time is linear in the bytes, whatever they are.
 * Damage within an object loses that object and is reported; the scan goes on at the next `<object`.
 *
 * Throws, after yielding every complete object before the place:
 * XML_TRUNCATED (details: offset, objects, completeUntil), XML_NOT_ENTITIES, XML_ENCODING, XML_DTD_REFUSED.
 * The source is read to its end unless one of these or its own error is thrown, or the caller stops.
 */
export async function* scanObjects(source: AsyncIterable<Buffer>, options: ScanOptions): AsyncGenerator<XmlObject[]> {
  const scanner = new ObjectScanner({
    onProblem: options.onProblem,
    onRoot: options.onRoot ?? (() => {}),
    wanted: options.wanted ?? (() => true),
    xmlValueBytes: options.limits?.xmlValueBytes ?? limits.xmlValueBytes,
    xmlElementsPerObject: options.limits?.xmlElementsPerObject ?? limits.xmlElementsPerObject,
  });
  const sliceBytes = options.sliceBytes ?? defaultSliceBytes;
  for await (const slice of slices(source, sliceBytes)) {
    let failure: { error: unknown } | undefined;
    try {
      scanner.feed(slice);
    } catch (error) {
      failure = { error };
    }
    if (scanner.batch.length > 0) {
      const batch = scanner.batch;
      scanner.batch = [];
      yield batch;
    }
    if (failure) throw failure.error;
  }
  scanner.finish();
}

/** Cuts and gathers chunks: large ones into slices, small ones until they make one. */
async function* slices(source: AsyncIterable<Buffer>, sliceBytes: number): AsyncGenerator<Buffer> {
  let gathered: Buffer[] = [];
  let length = 0;
  for await (const chunk of source) {
    if (chunk.length === 0) continue;
    if (length + chunk.length < sliceBytes) {
      // A copy, because the source may use its buffer again.
      gathered.push(Buffer.from(chunk));
      length += chunk.length;
      continue;
    }
    if (length > 0) yield Buffer.concat(gathered, length);
    gathered = [];
    length = 0;
    const step = Math.max(sliceBytes, defaultSliceBytes);
    for (let at = 0; at < chunk.length; at += step) yield chunk.subarray(at, at + step);
  }
  if (length > 0) yield Buffer.concat(gathered, length);
}
