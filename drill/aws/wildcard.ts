/** IAM's wildcards. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html */

/** Whether the text fits a pattern in which `*` stands for any characters and `?` for one. Case-sensitive. */
export function wildcardMatch(pattern: string, text: string): boolean {
  let [patternIndex, textIndex, star, retry] = [0, 0, -1, 0];
  while (textIndex < text.length) {
    const symbol = pattern[patternIndex];
    if (symbol === "*") {
      star = patternIndex++;
      retry = textIndex;
    } else if (symbol === "?" || (symbol !== undefined && symbol === text[textIndex])) {
      patternIndex++;
      textIndex++;
    } else if (star >= 0) {
      patternIndex = star + 1;
      textIndex = ++retry;
    } else {
      return false;
    }
  }
  while (pattern[patternIndex] === "*") patternIndex++;
  return patternIndex === pattern.length;
}
