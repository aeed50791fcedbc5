import { containCommand } from "../incident/commands.ts";
import { type ChangeContext, failed } from "./context.ts";
import { type Move, viewOf } from "./engine/run-play.ts";

/**
 * What was made and proved is still so at the end of the play: stopping tasks takes minutes, in which whoever holds
 * rights over what was changed may take it back.
 * @throws FirebreakError `did-not-stay-revoked`.
 */
export async function requireStays(context: ChangeContext, moves: readonly Move[]): Promise<void> {
  const view = viewOf(context);
  for (const { planned, change } of moves) {
    const position = await change.position(view, planned);
    if (position.at === "to") continue;
    const drift = position.at === "elsewhere" ? position.drift : ["it is as it was before"];
    throw failed(
      "did-not-stay-revoked",
      [`${planned.id} of ${planned.target} was made and proved, and is taken back:`, ...drift].join("\n"),
      `Somebody works against the containment: find out who (CloudTrail), revoke that principal first, then: ${containCommand(context.record)}`,
    );
  }
}
