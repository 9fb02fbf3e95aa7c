const samples = 4;
const sampleBytes = 1024;
/**
 * The sum of the squares of how often each byte occurs among 4096: 69,632 on average for random bytes, with a deviation of 362. A text has
 * several times as much; what is below this limit cannot be packed by one hundredth.
 */
const limit = 72_000;

/** True for bytes that compression cannot make smaller, as far as a few samples tell: images, archives, anything packed or encrypted already. */
export function looksRandom(data: Buffer): boolean {
  if (data.length < samples * sampleBytes) return false;
  const counts = new Uint16Array(256);
  const step = Math.floor((data.length - sampleBytes) / (samples - 1));
  for (let sample = 0; sample < samples; sample++) {
    const from = sample * step;
    for (let i = from; i < from + sampleBytes; i++) counts[data[i]]++;
  }
  let squares = 0;
  for (const count of counts) squares += count * count;
  return squares < limit;
}
