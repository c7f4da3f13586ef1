// Which words of a reply another reply does not have, as marks in its text.

const MOST_WORDS = 400; // of one reply: the comparison takes the product of both
const LEAST_SHARED = 0.25; // of the words: where less is shared, all is different and marks tell nothing

/** The words that both texts have in the same order: a longest common subsequence, as positions in the first. */
function sharedWords(own, other) {
  const lengths = Array.from({ length: own.length + 1 }, () => new Uint16Array(other.length + 1));
  for (let i = own.length - 1; i >= 0; i--) {
    for (let j = other.length - 1; j >= 0; j--) {
      lengths[i][j] = own[i] === other[j] ? lengths[i + 1][j + 1] + 1 : Math.max(lengths[i + 1][j], lengths[i][j + 1]);
    }
  }
  const shared = new Set();
  for (let i = 0, j = 0; i < own.length && j < other.length;) {
    if (own[i] === other[j]) { shared.add(i); i++; j++; }
    else if (lengths[i + 1][j] >= lengths[i][j + 1]) i++;
    else j++;
  }
  return shared;
}

/** A text as nodes in which the words that `other` does not have are marked; words next to each other share a mark. */
function markedText(text, other) {
  const pieces = text.split(/([\p{L}\p{M}\p{N}]+)/u); // words stand at odd places
  const wordsOf = (parts) => parts.filter((_, i) => i % 2).map((word) => word.toLowerCase());
  const own = wordsOf(pieces), others = wordsOf(other.split(/([\p{L}\p{M}\p{N}]+)/u));
  if (!own.length || !others.length || Math.max(own.length, others.length) > MOST_WORDS) return [text];
  const shared = sharedWords(own, others);
  if (shared.size === own.length || shared.size < LEAST_SHARED * own.length) return [text];
  const nodes = [];
  let marked = "";
  pieces.forEach((piece, i) => {
    const differs = i % 2 === 1 && !shared.has((i - 1) / 2);
    const between = marked && i % 2 === 0 && /^[ ]$/.test(piece) && i + 1 < pieces.length && !shared.has(i / 2);
    if (differs || between) { marked += piece; return; }
    if (marked) nodes.push(element("mark", {}, marked));
    marked = "";
    nodes.push(piece);
  });
  if (marked) nodes.push(element("mark", {}, marked));
  return nodes;
}
