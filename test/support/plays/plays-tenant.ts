/** The plays that change the tenant, and their way back. */
import type { PlayWorld, WorldOptions } from "./play-world.ts";
import type { Play } from "./plays.ts";

const USER = "svc-reporting@example.com";
const TENANT = `
entra:
  tenant: example.onmicrosoft.com
  client_id: 11111111-2222-3333-4444-555555555555
  containment_client_id: 22222222-3333-4444-5555-666666666666
`;
const GRANTS = ["User.Read.All", "User.EnableDisableAccount.All", "User.RevokeSessions.All"];

/** A tenant whose applications may do this, and that shows at once what was changed. */
function tenant(change: (runbook: string) => string, grants: string[], containment: string[]): WorldOptions {
  const quick = { sign_ins: 5, delay_seconds: 0, propagation_seconds: 0 };
  return {
    runbook: change,
    scenario: { entra: { ...quick, grants, containment_grants: containment } },
  };
}

export const BLOCK_USER: Play = {
  name: "block-user",
  action: "block-user",
  declare: { type: "user-account-compromised", principal: USER },
  sources: "audit-logs,entra-sign-in",
  needs: { source: "audit-logs" },
  world: tenant((text) => `${text}${TENANT}  users: graph\n`, ["User.Read.All"], GRANTS),
  drift: {
    happens: (world) => changeUser(world, { accountEnabled: false }),
    shows: /disable-account: was a step of the plan, and is none now/,
  },
};

export const UNBLOCK_USER: Play = {
  ...BLOCK_USER,
  name: "undo (block-user)",
  action: "undo",
  inputs: { reason: "The owner has a new password and a new second factor." },
  after: { action: "block-user", change: "undo" },
  needs: {},
  remains: true,
  drift: {
    happens: (world) => changeUser(world, { signInSessionsValidFrom: world.platform.clock.now() }),
    shows: /signInSessionsValidFromDateTime was/,
  },
};

export const ROTATE_AT_ENTRA: Play = {
  name: "rotate-secret (entra)",
  action: "rotate-secret",
  declare: { type: "client-secret-compromised", severity: "critical" },
  sources: "cloudwatch-logs,ecs,ssm-parameter",
  needs: { tasks: true, parameter: true },
  // Entra gives a secret's text once: one that was made by a job that died is removed, and another one is made.
  remade: ["applications/removePassword", "applications/addPassword"],
  world: tenant(
    (text) =>
      `${text.replace(/^rotation:\n( .*\n)+/m, "rotation:\n  strategy: entra\n  lifetime_days: 180\n")}${TENANT}`,
    ["Application.Read.All"],
    ["Application.ReadWrite.OwnedBy"],
  ),
  drift: {
    happens: ({ platform, target }) => {
      const { value } = platform.ssm.store.get(target.parameter).latest;
      platform.ssm.store.seed({
        name: target.parameter,
        value,
        modifiedBy: "arn:aws:iam::111122223333:user/somebody",
      });
    },
    shows: /ersion was 2, is 3/,
  },
};

function changeUser(
  { platform }: PlayWorld,
  change: Parameters<typeof platform.entra.users.change>[1],
): void {
  const { users } = platform.entra;
  users.change(users.find(USER)?.id ?? "", change);
}
