import { badInput, quoted } from "../errors.ts";

/** Where a Microsoft cloud signs applications in, and where its Graph answers. Without a slash at the end. */
export interface MicrosoftCloud {
  authority: string;
  graph: string;
}

const PUBLIC_AUTHORITY = "https://login.microsoftonline.com";

/**
 * Graph by the authority of its cloud
 * (https://learn.microsoft.com/graph/deployments#microsoft-graph-and-graph-explorer-service-root-endpoints). The
 * Department of Defense has the authority of US Government L4 and a Graph of its own, to be named expressly.
 */
const GRAPHS: Readonly<Record<string, string>> = {
  [PUBLIC_AUTHORITY]: "https://graph.microsoft.com",
  "https://login.microsoftonline.us": "https://graph.microsoft.us",
  "https://login.chinacloudapi.cn": "https://microsoftgraph.chinacloudapi.cn",
  "https://login.partner.microsoftonline.cn": "https://microsoftgraph.chinacloudapi.cn",
};

/**
 * The cloud that `AZURE_AUTHORITY_HOST` (the Azure SDK's own variable) and `MICROSOFT_GRAPH_ENDPOINT` name; the public
 * one when both are empty.
 * @throws FirebreakError `bad-input` for anything to which a token must not be sent.
 */
export function microsoftCloud(authorityHost?: string, graphEndpoint?: string): MicrosoftCloud {
  const authority = origin("AZURE_AUTHORITY_HOST", authorityHost || PUBLIC_AUTHORITY);
  const graph = graphEndpoint || GRAPHS[authority];
  if (graph === undefined) {
    throw badInput(
      "AZURE_AUTHORITY_HOST",
      `is not the authority of a known cloud: ${quoted(authority)}`,
      "Name its Graph, too, in MICROSOFT_GRAPH_ENDPOINT.",
    );
  }
  return { authority, graph: origin("MICROSOFT_GRAPH_ENDPOINT", graph) };
}

function origin(name: string, value: string): string {
  // The Azure SDKs take the host with and without a scheme.
  const url = URL.parse(/^https?:\/\//.test(value) ? value : `https://${value}`);
  const loopback =
    url?.hostname === "127.0.0.1" || url?.hostname === "localhost" || url?.hostname === "[::1]";
  if (!url || (url.protocol !== "https:" && !loopback)) {
    throw badInput(
      name,
      `is no https address: ${quoted(value)}`,
      "Give one like https://login.microsoftonline.com.",
    );
  }
  return url.origin;
}
