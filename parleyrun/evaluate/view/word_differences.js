/* exported wordDifferences */
const MOST_COMPARED = 400000; // pairs of words

/** Which words of two texts are not in the other: for each text pairs of words and whether they are its own. */
const wordDifferences = (one, other) => {
  const [a, b] = [one, other].map((text) => text.match(/\s+|[^\s]+/g) ?? []);
  let start = 0;
  while (start < a.length && start < b.length && a[start] === b[start]) start += 1;
  let end = 0;
  while (end < a.length - start && end < b.length - start && a.at(-1 - end) === b.at(-1 - end)) end += 1;
  const [left, right] = [a, b].map((all) => all.slice(start, all.length - end));
  const [mine, its] = [left, right].map((middle) => middle.map(() => true));
  if (left.length * right.length <= MOST_COMPARED) {
    const width = right.length + 1;
    const lengths = new Uint32Array((left.length + 1) * width);
    for (let i = left.length - 1; i >= 0; i -= 1) {
      for (let j = right.length - 1; j >= 0; j -= 1) {
        lengths[i * width + j] =
          left[i] === right[j]
            ? lengths[(i + 1) * width + j + 1] + 1
            : Math.max(lengths[(i + 1) * width + j], lengths[i * width + j + 1]);
      }
    }
    for (let i = 0, j = 0; i < left.length && j < right.length; ) {
      if (left[i] === right[j]) {
        mine[i] = its[j] = false;
        i += 1;
        j += 1;
      } else if (lengths[(i + 1) * width + j] >= lengths[i * width + j + 1]) i += 1;
      else j += 1;
    }
  }
  const pairs = (all, middle, own) => [
    [all.slice(0, start).join(""), false],
    ...middle.map((word, place) => [word, own[place]]),
    [all.slice(all.length - end).join(""), false],
  ];
  return [pairs(a, left, mine), pairs(b, right, its)];
};

