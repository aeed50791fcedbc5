/** Works through many rounds, each on a world that is young: what the rounds do themselves becomes part of a world. */
import { note } from "./figures.ts";
import { SmallWorld } from "./small-world.ts";

const ROUNDS_A_WORLD = 4;

export class Lane {
  readonly #start: number;
  readonly #onLeave: (world: SmallWorld) => Promise<void>;
  readonly #roundsAWorld: number;
  #world: SmallWorld | undefined;
  #rounds = 0;

  /** All worlds begin at `start`. `onLeave` looks at each once more when its rounds are done. */
  constructor(
    start: number,
    onLeave: (world: SmallWorld) => Promise<void> = async () => {},
    roundsAWorld = ROUNDS_A_WORLD,
  ) {
    this.#start = start;
    this.#onLeave = onLeave;
    this.#roundsAWorld = roundsAWorld;
  }

  /** The world of the next round. */
  async world(): Promise<SmallWorld> {
    if (this.#rounds % this.#roundsAWorld === 0) await this.leave();
    this.#rounds += 1;
    this.#world ??= await SmallWorld.start({ start: this.#start });
    return this.#world;
  }

  /** Closes the lane's world. */
  async leave(): Promise<void> {
    const world = this.#world;
    this.#world = undefined;
    if (!world) return;
    try {
      await this.#onLeave(world);
    } finally {
      await world.close();
    }
  }
}

/** Works through a list with the lanes side by side. */
export async function sideBySide<Item>(
  items: readonly Item[],
  lanes: readonly Lane[],
  work: (item: Item, world: SmallWorld) => Promise<void>,
): Promise<void> {
  const waiting = [...items];
  await Promise.all(
    lanes.map(async (lane) => {
      try {
        for (let item = waiting.shift(); item !== undefined; item = waiting.shift()) {
          await work(item, await lane.world());
          note(`${items.length - waiting.length} of ${items.length} begun`);
        }
      } finally {
        await lane.leave();
      }
    }),
  );
}
