import type { Clock } from "../ports.ts";
import { patiently } from "./patience.ts";

/** Every page of a listing, one after the other, each asked for patiently. */
export async function* pages<Page, Token = string>(
  clock: Clock,
  fetch: (token: Token | undefined) => Promise<Page>,
  next: (page: Page) => Token | undefined,
): AsyncGenerator<Page> {
  let token: Token | undefined;
  do {
    const page = await patiently(clock, () => fetch(token));
    yield page;
    token = next(page);
  } while (token !== undefined);
}
