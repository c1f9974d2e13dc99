import { PlusOutlined } from "@ant-design/icons";
import { Button } from "antd";
import { useState } from "react";
import { useEither, usePick, useWords } from "@/app/i18n";
import { Loaded } from "@/app/states";
import { type Role, useMatrix } from "../accounts";
import { useMay } from "../session";
import { RoleDialog } from "./RoleDialog";
import { Scrolling } from "./Scrolling";
import { words } from "./words";

/** Every role and every permission in one table. */
export function RolesPanel() {
  const t = useWords(words);
  const either = useEither();
  const pick = usePick();
  const matrix = useMatrix();
  const makes = useMay("accounts.roles");
  const [editing, setEditing] = useState<Role | "new" | null>(null);
  return (
    <>
      <p className="muted">{t("rolesLead")}</p>
      {makes && (
        <div className="admin-bar">
          <Button type="primary" icon={<PlusOutlined aria-hidden />} onClick={() => setEditing("new")}>
            {t("addRole")}
          </Button>
        </div>
      )}
      <Loaded of={matrix} rows={12}>
        {({ roles, permissions }) => (
          <Scrolling className="matrix" label={t("roles")}>
            <table>
              <thead>
                <tr>
                  <th scope="col">{t("permission")}</th>
                  {roles.map((role) => (
                    <th scope="col" key={role.name}>
                      {either(role.name_zh, role.name_en)}
                      {role.organisation_id != null && (
                        <small className="muted">{role.organisation_name || t("ownRole")}</small>
                      )}
                      {role.editable && makes && (
                        <Button
                          size="small"
                          type="link"
                          aria-label={`${t("edit")} ${either(role.name_zh, role.name_en)}`}
                          onClick={() => setEditing(role)}
                        >
                          {t("edit")}
                        </Button>
                      )}
                    </th>
                  ))}
                </tr>
              </thead>
              <tbody>
                {permissions.map((permission) => (
                  <tr key={permission.name}>
                    <th scope="row">
                      {pick(permission, "text")}
                      <code>{permission.name}</code>
                    </th>
                    {roles.map((role) => {
                      const has = role.permissions.includes(permission.name);
                      return (
                        <td key={role.name} className={has ? "has" : "muted"}>
                          <span aria-hidden="true">{has ? "✓" : "·"}</span>
                          <span className="visually-hidden">{t(has ? "yes" : "no")}</span>
                        </td>
                      );
                    })}
                  </tr>
                ))}
              </tbody>
            </table>
          </Scrolling>
        )}
      </Loaded>
      {editing && (
        <RoleDialog role={editing === "new" ? undefined : editing} onClose={() => setEditing(null)} />
      )}
    </>
  );
}
