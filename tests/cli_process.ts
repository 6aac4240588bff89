/**
 * The console client as a process: as a filter, and in a terminal that a test can look at.
 *
 * @module
 */

const ROOT = new URL("..", import.meta.url).pathname;

const RIGHTS = ["--allow-net", "--allow-env=PULSO_TOKEN"];

/** The command line of the console client, as `deno task client` runs it. */
export function clientCommand(args: readonly string[]): string[] {
  return [Deno.execPath(), "run", "--quiet", ...RIGHTS, `${ROOT}client/cli.ts`, ...args];
}

/** What became of a run as a filter. */
export interface FilterRun {
  readonly code: number;
  readonly out: string[];
  readonly err: string;
}

/** Runs the console client as a filter with `input` as its standard input. */
export async function runFilter(
  args: readonly string[],
  input: string,
  env: Readonly<Record<string, string>> = {},
): Promise<FilterRun> {
  const [command = "", ...rest] = clientCommand(args);
  const child = new Deno.Command(command, {
    args: rest,
    cwd: ROOT,
    env,
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  // Not awaited before the output is read: both may be more than a pipe holds.
  const written = writer.write(new TextEncoder().encode(input)).then(() => writer.close())
    .catch(() => {});
  const { code, stdout, stderr } = await child.output();
  await written;
  const out = new TextDecoder().decode(stdout).split("\n");
  out.pop();
  return { code, out, err: new TextDecoder().decode(stderr) };
}

/** Whether a program is there. */
export async function hasProgram(program: string, versionOption: string): Promise<boolean> {
  try {
    return (await new Deno.Command(program, { args: [versionOption] }).output()).success;
  } catch {
    return false;
  }
}

/** A shell in a terminal of tmux's, with a server of its own that ends with it. */
export class TmuxTerminal implements AsyncDisposable {
  readonly #folder = Deno.makeTempDirSync({ prefix: "pulso-tmux-" });

  /** Opens the terminal with a shell in it. */
  static async open({ columns = 60, rows = 16 } = {}): Promise<TmuxTerminal> {
    const terminal = new TmuxTerminal();
    const size = ["-x", `${columns}`, "-y", `${rows}`];
    await terminal.#tmux("-f", "/dev/null", "new-session", "-d", ...size, "env PS1='$ ' sh");
    return terminal;
  }

  /** Types a text as it stands. */
  async type(text: string): Promise<void> {
    await this.#tmux("send-keys", "-l", text);
  }

  /** Presses keys, by tmux's names. */
  async press(...keys: readonly string[]): Promise<void> {
    await this.#tmux("send-keys", ...keys);
  }

  /** Types a line and hands it in. */
  async enter(line: string): Promise<void> {
    await this.type(line);
    await this.press("Enter");
  }

  /** Pastes a text as a terminal does. */
  async paste(text: string): Promise<void> {
    await this.#tmux("set-buffer", "--", text);
    await this.#tmux("paste-buffer", "-p", "-r");
  }

  /** Changes the width. */
  async resize(columns: number): Promise<void> {
    await this.#tmux("resize-window", "-x", `${columns}`);
  }

  /** The rows on the screen, without what is empty below. */
  async screen(): Promise<string[]> {
    return (await this.#tmux("capture-pane", "-p")).trimEnd().split("\n");
  }

  /** The cursor's column and row. */
  async cursor(): Promise<string> {
    return (await this.#tmux("display-message", "-p", "#{cursor_x},#{cursor_y}")).trim();
  }

  /** Resolves with the rows on the screen once they are as wished; at most 20 s. */
  async until(condition: (rows: string[]) => boolean): Promise<string[]> {
    const deadline = Date.now() + 20_000;
    for (;;) {
      const rows = await this.screen();
      if (condition(rows)) return rows;
      if (Date.now() > deadline) {
        throw new Error(`Could not wait any longer: the screen shows:\n${rows.join("\n")}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#tmux("kill-server");
    await Deno.remove(this.#folder, { recursive: true });
  }

  async #tmux(...args: readonly string[]): Promise<string> {
    const { success, stdout, stderr } = await new Deno.Command("tmux", {
      args: ["-u", "-S", `${this.#folder}/socket`, ...args],
      env: { LC_ALL: "C.UTF-8" },
    }).output();
    if (!success) throw new Error(`Could not use tmux: ${new TextDecoder().decode(stderr)}`);
    return new TextDecoder().decode(stdout);
  }
}
