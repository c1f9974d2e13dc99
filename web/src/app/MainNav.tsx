import { DownOutlined } from "@ant-design/icons";
import { Dropdown } from "antd";
import { NavLink, useLocation, useNavigate } from "react-router";
import { useWords } from "./i18n";
import { isAt, type Place, type PlaceGroup, placesOf } from "./places";
import type { Me } from "./types";
import { words } from "./words";

function showInBar(link: HTMLElement | null) {
  link?.scrollIntoView({ block: "nearest", inline: "nearest" });
}

function Direct({ place, here }: { place: Place; here: boolean }) {
  const t = useWords(words);
  return (
    <NavLink
      to={place.to}
      className={here ? "here" : ""}
      // on a narrow screen the bar may scroll; the place at hand always shows
      ref={here ? showInBar : undefined}
      aria-current={here ? "page" : undefined}
    >
      <span aria-hidden="true" className="nav-icon">
        {place.icon}
      </span>
      <span>{t(place.word)}</span>
    </NavLink>
  );
}

function Group({ group, pathname }: { group: PlaceGroup; pathname: string }) {
  const t = useWords(words);
  const navigate = useNavigate();
  const here = group.places.find((place) => isAt(place, pathname));
  return (
    <Dropdown
      trigger={["click"]}
      autoFocus
      menu={{
        selectedKeys: here ? [here.to] : [],
        items: group.places.map((place) => ({ key: place.to, icon: place.icon, label: t(place.word) })),
        onClick: ({ key }) => navigate(key),
      }}
    >
      <button type="button" className={here ? "here" : ""} ref={here ? showInBar : undefined}>
        <span aria-hidden="true" className="nav-icon">
          {here?.icon ?? group.icon}
        </span>
        <span>{t(here?.word ?? group.word)}</span>
        <DownOutlined aria-hidden className="nav-more" />
      </button>
    </Dropdown>
  );
}

/** The bar of places: those of every day stand alone, the others in groups that open. */
export function MainNav({ me }: { me: Me }) {
  const t = useWords(words);
  const { pathname } = useLocation();
  const { direct, groups } = placesOf(me);
  return (
    <nav className="main-nav" aria-label={t("mainNav")}>
      {direct.map((place) => (
        <Direct key={place.to} place={place} here={isAt(place, pathname)} />
      ))}
      {groups.map((group) => (
        <Group key={group.word} group={group} pathname={pathname} />
      ))}
    </nav>
  );
}
