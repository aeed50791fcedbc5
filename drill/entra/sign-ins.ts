/** Sign-ins of the simulated tenant, and how Microsoft Graph shows them. */
import type { Random } from "../random.ts";

export const SIGN_IN_KINDS = [
  "interactiveUser",
  "nonInteractiveUser",
  "servicePrincipal",
  "managedIdentity",
] as const;
export type SignInKind = (typeof SIGN_IN_KINDS)[number];

export interface SignIn {
  id: string;
  kind: SignInKind;
  /** Milliseconds since the epoch. */
  createdAt: number;
  /** Who asked for the token, and for what. */
  appDisplayName: string;
  appId: string;
  resourceDisplayName: string;
  /** Null for applications. */
  user: string | null;
  ipAddress: string;
  /** 0 for success. */
  errorCode: number;
}

/** https://learn.microsoft.com/graph/api/resources/signin; beta tells the kind, v1.0 has people at a screen only. */
export function onWire(signIn: SignIn, version: "v1.0" | "beta"): object {
  return {
    id: signIn.id,
    createdDateTime: `${new Date(signIn.createdAt).toISOString().slice(0, 19)}Z`,
    userPrincipalName: signIn.user,
    userDisplayName: signIn.user,
    appId: signIn.appId,
    appDisplayName: signIn.appDisplayName,
    resourceDisplayName: signIn.resourceDisplayName,
    ipAddress: signIn.ipAddress,
    isInteractive: signIn.kind === "interactiveUser",
    conditionalAccessStatus: "notApplied",
    status: {
      errorCode: signIn.errorCode,
      failureReason: signIn.errorCode === 0 ? "Other." : "Invalid client secret provided.",
    },
    location: { city: null, countryOrRegion: null },
    ...(version === "beta"
      ? {
          signInEventTypes: [signIn.kind],
          servicePrincipalName: signIn.user === null ? signIn.appDisplayName : "",
        }
      : {}),
  };
}

export interface SignInPlan {
  /** Display names of the mcps' applications. */
  applications: readonly string[];
  /** How many for each of them. */
  count: number;
  users: readonly string[];
  /** Milliseconds since the epoch. */
  from: number;
  to: number;
}

/** Made-up sign-ins: people sign in to each application, which in turn asks for tokens on their behalf. */
export function makeSignIns(random: Random, { applications, count, users, from, to }: SignInPlan): SignIn[] {
  return applications.flatMap((application) => {
    const appId = guid(random);
    return Array.from({ length: count }, (): SignIn => {
      const kind = random.pick([...SIGN_IN_KINDS, "nonInteractiveUser", "nonInteractiveUser"] as const);
      const byPeople = kind === "interactiveUser" || kind === "nonInteractiveUser";
      const isClient = !byPeople || random.next() < 0.6;
      return {
        id: guid(random),
        kind,
        createdAt: random.integer(from, to),
        appDisplayName: isClient ? application : "Visual Studio Code",
        appId: isClient ? appId : "aebc6443-996d-45c2-90f0-388ff96faa56",
        resourceDisplayName: isClient ? "Microsoft Graph" : application,
        user: byPeople ? random.pick(users) : null,
        ipAddress: `198.51.100.${random.integer(1, 254)}`,
        errorCode: random.next() < 0.05 ? 7_000_215 : 0,
      };
    });
  });
}

export function guid(random: Random): string {
  return [8, 4, 4, 4, 12].map((length) => random.hex(length)).join("-");
}
