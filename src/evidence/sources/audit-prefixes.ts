const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/**
 * The key prefixes of every day (or hour, where the layout has `{HH}`) that the window touches, in UTC, both ends
 * included. `layout` is for example `servicenow/{yyyy}/{MM}/{dd}/`.
 */
export function auditPrefixes(layout: string, window: { from: Date; to: Date }): string[] {
  const step = layout.includes("{HH}") ? HOUR_MS : DAY_MS;
  const prefixes = new Set<string>();
  for (let at = Math.floor(window.from.getTime() / step) * step; at <= window.to.getTime(); at += step) {
    const iso = new Date(at).toISOString();
    prefixes.add(
      layout
        .replaceAll("{yyyy}", iso.slice(0, 4))
        .replaceAll("{MM}", iso.slice(5, 7))
        .replaceAll("{dd}", iso.slice(8, 10))
        .replaceAll("{HH}", iso.slice(11, 13)),
    );
  }
  return [...prefixes];
}
