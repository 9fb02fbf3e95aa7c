import { ActionIcon, Menu, useMantineColorScheme } from '@mantine/core';
import { Icon } from '../parts/icon.tsx';
import { texts } from '../texts/en.ts';

const schemes = ['auto', 'light', 'dark'] as const;

/** Light, dark, or as the system has it. */
export function SchemeSwitch() {
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <ActionIcon
          variant="subtle"
          color="gray"
          c="inherit"
          size="lg"
          aria-label={`${texts.settings.scheme}: ${texts.settings[colorScheme]}`}
        >
          <Icon name={colorScheme} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        {schemes.map((one) => (
          <Menu.Item
            key={one}
            leftSection={<Icon name={one} />}
            aria-current={one === colorScheme}
            fw={one === colorScheme ? 600 : 400}
            onClick={() => setColorScheme(one)}
          >
            {texts.settings[one]}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
