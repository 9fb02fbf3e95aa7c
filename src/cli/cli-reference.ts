import type { Command } from 'commander';

/** docs/reference/cli.md: every command with its arguments and options, as --help tells them. */
export function cliReference(program: Command): string {
  const parts = [
    '# Commands\n',
    'What `oxbow COMMAND --help` says, of every command. Made by `npm run docs`; a test holds that it is current.\n',
    `Everywhere: ${program.options.map(({ flags, description }) => `\`${flags}\` (${description})`).join(', ')}.\n`,
  ];
  for (const command of program.commands) add(command, 'oxbow');
  return parts.join('\n');

  function add(command: Command, parent: string): void {
    const name = `${parent} ${command.name()}`;
    if (command.commands.length > 0) {
      for (const inner of command.commands) add(inner, name);
      return;
    }
    const words = command.registeredArguments.map((argument) => {
      const text = `${argument.name()}${argument.variadic ? '...' : ''}`;
      return argument.required ? `<${text}>` : `[${text}]`;
    });
    parts.push(`## ${[name, ...words].join(' ')}\n\n${sentence(command.description())}\n`);
    const options = command.options.filter(({ hidden }) => !hidden);
    if (options.length === 0) return;
    const rows = options.map(({ flags, description, defaultValue, argChoices }) => {
      const choices = argChoices ? ` (${argChoices.join(', ')})` : '';
      const otherwise =
        defaultValue === undefined || defaultValue === true || defaultValue === false ? '' : ` (default: ${defaultValue})`;
      return `| \`${flags.replaceAll('|', '\\|')}\` | ${description.replaceAll('|', '\\|')}${choices}${otherwise} |`;
    });
    parts.push(`| option | |\n|---|---|\n${rows.join('\n')}\n`);
  }
}

function sentence(text: string): string {
  return text === '' ? '' : `${text[0].toUpperCase()}${text.slice(1)}.`;
}
