/**
 * QR codes (ISO/IEC 18004) for short texts: bytes, error correction M, versions 1 to 6. That is 106 bytes of UTF-8, enough for any address
 * of a page, and the versions that need neither version information nor more than one alignment pattern.
 */

/** For versions 1 to 6: error correction bytes of a block, blocks, data bytes of a block (table 9). */
const blocks = [[10, 1, 16], [16, 1, 28], [26, 1, 44], [18, 2, 32], [24, 2, 43], [16, 4, 27]];

/**
 * The code of a text.
 * @returns {boolean[][] | null} the rows, true for a dark module, without the quiet zone; null if the text is too long
 */
export function qrCode(text) {
  const bytes = new TextEncoder().encode(text);
  const version = 1 + blocks.findIndex(([, count, data]) => bytes.length + 2 <= count * data);
  if (version === 0) return null;
  const words = interleave(payload(bytes, version), version);
  const candidates = masks.map((mask, number) => draw(words, version, mask, number));
  return candidates.reduce((best, each) => (penalty(each) < penalty(best) ? each : best));
}

/** Mode, length, the bytes, and what fills the rest. */
function payload(bytes, version) {
  const [, count, data] = blocks[version - 1];
  const bits = [0, 1, 0, 0];
  const put = (value, length) => { for (let i = length - 1; i >= 0; i--) bits.push(value >> i & 1); };
  put(bytes.length, 8);
  for (const byte of bytes) put(byte, 8);
  while (bits.length % 8 || bits.length < 8 * (bytes.length + 2)) bits.push(0); // Also the terminator.
  const words = [];
  for (let i = 0; i < bits.length; i += 8) words.push(parseInt(bits.slice(i, i + 8).join(''), 2));
  for (let i = 0; words.length < count * data; i++) words.push(i % 2 ? 0x11 : 0xec);
  return words;
}

function interleave(words, version) {
  const [correction, count, data] = blocks[version - 1];
  const parts = Array.from({ length: count }, (_, i) => words.slice(i * data, (i + 1) * data));
  const checks = parts.map(part => remainder(part, generator(correction)));
  const woven = (lists, length) => Array.from({ length }, (_, i) => lists.map(list => list[i])).flat();
  return [...woven(parts, data), ...woven(checks, correction)];
}

/** In the field of 256 with x^8 + x^4 + x^3 + x^2 + 1. */
function multiply(a, b) {
  let product = 0;
  for (let i = 7; i >= 0; i--) {
    product = product << 1 ^ (product >> 7) * 0x11d;
    product ^= (b >> i & 1) * a;
  }
  return product;
}

/** The Reed-Solomon generator of a degree, without its leading 1. */
function generator(degree) {
  const factors = Array(degree).fill(0);
  factors[degree - 1] = 1;
  for (let i = 0, root = 1; i < degree; i++, root = multiply(root, 2)) {
    for (let j = 0; j < degree; j++) factors[j] = multiply(factors[j], root) ^ (factors[j + 1] ?? 0);
  }
  return factors;
}

function remainder(words, divisor) {
  const rest = divisor.map(() => 0);
  for (const word of words) {
    const factor = word ^ rest.shift();
    rest.push(0);
    divisor.forEach((each, i) => { rest[i] ^= multiply(each, factor); });
  }
  return rest;
}

const masks = [
  (x, y) => (x + y) % 2, (x, y) => y % 2, x => x % 3, (x, y) => (x + y) % 3, (x, y) => (Math.floor(x / 3) + Math.floor(y / 2)) % 2,
  (x, y) => x * y % 2 + x * y % 3, (x, y) => (x * y % 2 + x * y % 3) % 2, (x, y) => ((x + y) % 2 + x * y % 3) % 2,
];

function draw(words, version, mask, number) {
  const size = 17 + 4 * version;
  const rows = Array.from({ length: size }, () => Array(size).fill(null));
  const square = (left, top, width, ring) => {
    for (let y = -1; y <= width; y++) {
      for (let x = -1; x <= width; x++) {
        const row = rows[top + y];
        if (row && left + x >= 0 && left + x < size) row[left + x] = ring(Math.max(Math.abs(x - (width - 1) / 2), Math.abs(y - (width - 1) / 2)));
      }
    }
  };
  for (const [left, top] of [[0, 0], [size - 7, 0], [0, size - 7]]) square(left, top, 7, distance => distance !== 2 && distance !== 4);
  if (version > 1) {
    for (let y = -2; y <= 2; y++) {
      for (let x = -2; x <= 2; x++) rows[size - 7 + y][size - 7 + x] = Math.max(Math.abs(x), Math.abs(y)) !== 1;
    }
  }
  for (let i = 8; i < size - 8; i++) rows[6][i] = rows[i][6] = i % 2 === 0;
  drawFormat(rows, number);

  let bit = 0;
  for (let right = size - 1; right > 0; right -= 2) {
    if (right === 6) right = 5; // Past the timing pattern.
    for (let i = 0; i < size; i++) {
      for (const x of [right, right - 1]) {
        const y = (right + 1 & 2) === 0 ? size - 1 - i : i;
        if (rows[y][x] !== null) continue;
        const dark = bit < words.length * 8 && (words[bit >> 3] >> 7 - (bit & 7) & 1) === 1;
        bit++;
        rows[y][x] = dark !== (mask(x, y) === 0);
      }
    }
  }
  return rows;
}

/** Error correction M and the mask's number, twice, with a BCH code of their own. */
function drawFormat(rows, number) {
  const size = rows.length;
  let rest = number;
  for (let i = 0; i < 10; i++) rest = rest << 1 ^ (rest >> 9) * 0x537;
  const format = (number << 10 | rest) ^ 0x5412;
  const dark = i => (format >> i & 1) === 1;
  for (let i = 0; i <= 5; i++) rows[i][8] = dark(i);
  rows[7][8] = dark(6);
  rows[8][8] = dark(7);
  rows[8][7] = dark(8);
  for (let i = 9; i < 15; i++) rows[8][14 - i] = dark(i);
  for (let i = 0; i < 8; i++) rows[8][size - 1 - i] = dark(i);
  for (let i = 8; i < 15; i++) rows[size - 15 + i][8] = dark(i);
  rows[size - 8][8] = true;
}

/** How hard a code is to read (section 7.8.3): runs, blocks, patterns like a finder's, too much of one colour. */
function penalty(rows) {
  const size = rows.length;
  const columns = rows.map((_, x) => rows.map(row => row[x]));
  let sum = 0;
  for (const line of [...rows, ...columns].map(each => each.map(Number).join(''))) {
    for (const [run] of line.matchAll(/0{5,}|1{5,}/g)) sum += run.length - 2;
    sum += 40 * (line.match(/(?=10111010000|00001011101)/g)?.length ?? 0);
  }
  for (let y = 1; y < size; y++) {
    for (let x = 1; x < size; x++) {
      if (rows[y][x] === rows[y - 1][x] && rows[y][x] === rows[y][x - 1] && rows[y][x] === rows[y - 1][x - 1]) sum += 3;
    }
  }
  const part = rows.flat().filter(Boolean).length / size ** 2;
  return sum + 10 * Math.floor(Math.abs(part - 0.5) * 20);
}
