# Building and publishing. A publish is skipped when no source is newer than the last one: a second `up` takes seconds.

APP=$STEPDPO_CACHE/app/$(printf '%s' "$ROOT" | cksum | cut -d' ' -f1)

sources_changed() {
  [ -e "$APP/built" ] || return 0
  [ -n "$(find "$ROOT/src" "$ROOT/migrations" "$ROOT/wwwroot" "$ROOT"/*.props "$ROOT"/appsettings*.json "$ROOT/global.json" -newer "$APP/built" -type f -print -quit)" ]
}

publish_project() { dotnet publish "$ROOT/src/StepDpo.$1" -c Release -o "$APP/new/$1" -v quiet; }

publish_app() {
  rm -rf "$APP/new" && mkdir -p "$APP/new" || return 1
  touch "$APP/new/built"
  publish_project Worker && publish_project Web && publish_project Demo || return 1
  rm -rf "$APP/Worker" "$APP/Web" "$APP/Demo" && mv "$APP/new/Worker" "$APP/new/Web" "$APP/new/Demo" "$APP/" && mv "$APP/new/built" "$APP/built"
}

prepare_app() {
  need_dotnet
  if sources_changed; then
    mkdir -p "$APP"
    stage "packages (the first time: about 700 MB)" dotnet restore "$ROOT/StepDpo.sln" -v quiet
    stage "build" publish_app
  fi
  export StepDpo__WorkerAssembly="$APP/Worker/StepDpo.Worker.dll"
}
