import { createHash } from "node:crypto";
import type { Replacement } from "../replacements.ts";

/**
 * actions/attest for one subject by digest. It checks what the action checks and gives its outputs; there is no
 * Sigstore in a drill, so nothing is signed, and the attestation that it names is nowhere.
 * https://github.com/actions/attest
 */
export const attest: Replacement = {
  inputs: {
    "subject-digest": "",
    "subject-name": "",
    "predicate-type": "",
    predicate: "",
    "show-summary": "true",
  },
  async run({ inputs, env, log, setOutput }) {
    const { "subject-digest": digest = "", "subject-name": name = "", "predicate-type": type = "" } = inputs;
    if (digest === "")
      throw new Error("One of subject-path, subject-digest, or subject-checksums must be provided");
    if (name === "") throw new Error("subject-name must be provided when using subject-digest");
    if (!/^sha256:[0-9a-f]{64}$/i.test(digest))
      throw new Error('subject-digest must be in the format "sha256:<hex-digest>"');
    if (type === "") throw new Error("predicate-type must be provided");
    JSON.parse(inputs.predicate ?? "");
    if (!env.ACTIONS_ID_TOKEN_REQUEST_URL)
      throw new Error(
        'missing "id-token" permission. Please add "permissions: id-token: write" to your workflow.',
      );
    const id = String(createHash("sha256").update(`${digest} ${type}`).digest().readUInt32BE(0));
    const url = `${env.GITHUB_SERVER_URL ?? ""}/${env.GITHUB_REPOSITORY ?? ""}/attestations/${id}`;
    log(`Attestation created for ${name}@${digest}`);
    log(`Attestation uploaded to repository\n${url}`);
    setOutput("attestation-id", id);
    setOutput("attestation-url", url);
    setOutput("bundle-path", "");
  },
};
