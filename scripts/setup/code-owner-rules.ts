/**
 * Who owns a path by CODEOWNERS: the last pattern that matches. Patterns are those of .gitignore, without `!`, `[ ]` and
 * an escaped `#`: https://docs.github.com/en/repositories/managing-your-repositorys-settings-and-features/customizing-your-repository/about-code-owners
 */
export interface OwnerLine {
  line: number;
  pattern: string;
  owners: string[];
}

export function parseCodeOwners(text: string): OwnerLine[] {
  return text.split(/\r?\n/).flatMap((source, index) => {
    const [pattern = "", ...owners] = source
      .replace(/(^|\s)#.*$/, "")
      .trim()
      .split(/(?<!\\)\s+/);
    return pattern === "" ? [] : [{ line: index + 1, pattern: pattern.replaceAll("\\ ", " "), owners }];
  });
}

/** The owners of a path from the root, without a leading slash; none when the last matching line names none. */
export function ownersOf(lines: readonly OwnerLine[], path: string): string[] {
  return lines.findLast(({ pattern }) => toPattern(pattern).test(path))?.owners ?? [];
}

function toPattern(pattern: string): RegExp {
  const anchored = pattern.replace(/\/$/, "").includes("/");
  const body = pattern
    .replace(/^\//, "")
    .replace(/\/$/, "/**")
    .split(/(\*\*\/|\/\*\*|\*\*|\*|\?)/)
    .map((part) => {
      if (part === "**/") return "(?:.*/)?";
      if (part === "/**") return "/.*";
      if (part === "**") return ".*";
      if (part === "*") return "[^/]*";
      return part === "?" ? "[^/]" : part.replace(/[.+^${}()|[\]\\]/g, "\\$&");
    })
    .join("");
  // A folder owns what is below it, but `docs/*` means the files of that folder alone.
  const below = pattern.endsWith("/") || /\/\*$/.test(pattern) ? "" : "(?:/.*)?";
  return new RegExp(`${anchored ? "^" : "(?:^|/)"}${body}${below}$`);
}
