import { Select } from "antd";
import { useDeferredValue, useState } from "react";
import { useEither, useWords } from "@/app/i18n";
import { type Organisation, type Role, useBeyond, useMatrix, useOrganisations } from "../accounts";
import { words } from "./words";

interface OrganisationProps {
  id: string;
  value: number | undefined;
  known?: { id: number; name: string };
  onChange: (id: number) => void;
}

/** An organisation of one's own branch, found by a part of its name. */
export function OrganisationSelect({ id, value, known, onChange }: OrganisationProps) {
  const [typed, setTyped] = useState("");
  const found = useOrganisations(useDeferredValue(typed));
  return (
    <Finder
      id={id}
      value={value}
      known={known}
      found={found.data ?? []}
      onType={setTyped}
      onChange={onChange}
    />
  );
}

/** An organisation beyond one's scope. */
export function BeyondSelect({ id, value, onChange }: OrganisationProps) {
  const t = useWords(words);
  const [typed, setTyped] = useState("");
  const found = useBeyond(useDeferredValue(typed));
  return (
    <Finder
      id={id}
      value={value}
      found={typed.trim().length >= 2 ? (found.data ?? []) : []}
      placeholder={t("findOrganisation")}
      onType={setTyped}
      onChange={onChange}
    />
  );
}

interface FinderProps extends OrganisationProps {
  found: Organisation[];
  placeholder?: string;
  onType: (text: string) => void;
}

function Finder({ id, value, known, found, placeholder, onType, onChange }: FinderProps) {
  // Teams of two sites are often called the same: what they stand under tells them apart.
  const options = found.map((one) => ({
    value: one.id,
    label: one.under && one.kind !== "enterprise" ? `${one.name} · ${one.under}` : one.name,
  }));
  if (known && !options.some((one) => one.value === known.id))
    options.unshift({ value: known.id, label: known.name });
  return (
    <Select
      id={id}
      value={value}
      placeholder={placeholder}
      showSearch={{ filterOption: false, onSearch: onType }}
      options={options}
      onChange={onChange}
    />
  );
}

interface RoleProps {
  id: string;
  value: string[];
  onChange: (roles: string[]) => void;
}

/** Roles that one may hand out. */
export function RoleSelect({ id, value, onChange }: RoleProps) {
  const matrix = useMatrix();
  const either = useEither();
  const options = (matrix.data?.roles ?? [])
    .filter((role) => role.grantable || value.includes(role.name))
    .map((role) => ({ value: role.name, label: either(role.name_zh, role.name_en) }));
  return (
    <Select
      id={id}
      mode="multiple"
      value={value}
      options={options}
      optionFilterProp="label"
      onChange={onChange}
    />
  );
}

/** How a role is called, by its name in the data. */
export function useRoleName(): (name: string) => string {
  const matrix = useMatrix();
  const either = useEither();
  return (name) => {
    const role: Role | undefined = matrix.data?.roles.find((one) => one.name === name);
    return role ? either(role.name_zh, role.name_en) : name;
  };
}
