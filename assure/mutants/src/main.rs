//! Builds many mutants into one crate, so that it is compiled once and not once for each of them.
//!
//! `mutants TREE LIST [FILE:NAME…]`: LIST is what `cargo mutants --list --json` prints, each mutant with an `id`;
//! TREE is a copy of the crate, whose sources are rewritten. Where a mutant changes an expression,
//! the rewritten source has both: the changed one is evaluated if the environment's MUTANT is its
//! id. See `switch.rs` for how that is found out. Functions NAME of FILE stay `const`, and
//! as they are.
//!
//! Prints the ids of mutants there is no place for: in what is evaluated at compile time, and in a
//! condition with `let`, in the type behind an `impl`.

use std::collections::HashMap;
use std::{env, fs, path::Path};

use proc_macro2::LineColumn;
use quote::ToTokens;
use serde_json::Value;
use syn::spanned::Spanned;
use syn::visit_mut::{self, VisitMut};
use syn::{
    Arm, BinOp, Block, Expr, ExprBinary, ReturnType, Signature, Stmt, Type, UnOp, parse_quote,
};

/// Line and column in the original source, and the kind of mutant there.
type Place = (usize, usize, String);

#[derive(Clone)]
struct Mutant {
    id: u32,
    replacement: String,
}

fn main() {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [tree, list, constant @ ..] = &arguments[..] else {
        panic!("mutants TREE LIST [FILE:NAME…]")
    };
    let list: Value = serde_json::from_slice(&fs::read(list).expect("a list")).expect("JSON");
    let mut files: HashMap<&str, HashMap<Place, Vec<Mutant>>> = HashMap::new();
    let mut ids = Vec::new();
    for mutant in list.as_array().expect("a list") {
        let text = |value: &Value| value.as_str().expect("text").to_owned();
        let genre = text(&mutant["genre"]);
        let at = if genre == "FnValue" { &mutant["function"]["span"] } else { &mutant["span"] };
        let number = |name| at["start"][name].as_u64().expect("a number") as usize;
        let id = mutant["id"].as_u64().expect("an id") as u32;
        files
            .entry(mutant["file"].as_str().expect("a path"))
            .or_default()
            .entry((number("line"), number("column") - 1, genre))
            .or_default()
            .push(Mutant { id, replacement: text(&mutant["replacement"]) });
        ids.push(id);
    }
    files.entry("src/lib.rs").or_default();
    for (file, mutants) in files {
        let path = Path::new(tree).join(file);
        let source = fs::read_to_string(&path).expect("a source file");
        let mut parsed = syn::parse_file(&source).expect("Rust");
        let mut injector = Injector {
            mutants,
            unplaced: Vec::new(),
            file: file.into(),
            constant: constant.to_vec(),
        };
        injector.visit_file_mut(&mut parsed);
        for mutant in injector.mutants.values().flatten().chain(&injector.unplaced) {
            println!("{}", mutant.id);
        }
        // The switch needs std, which the crate has with all its features.
        if file == "src/lib.rs" {
            parsed.items.push(parse_quote!(
                mod mutated;
            ));
        }
        fs::write(path, parsed.to_token_stream().to_string()).expect("writable");
    }
    let switch = include_str!("../switch.rs")
        .replace("MOST", &ids.iter().max().map_or(0, |id| id + 1).to_string());
    fs::write(Path::new(tree).join("src/mutated.rs"), switch).expect("writable");
}

struct Injector {
    /// Those without a place so far.
    mutants: HashMap<Place, Vec<Mutant>>,
    /// Those that can't have one.
    unplaced: Vec<Mutant>,
    file: String,
    /// Functions that are evaluated at compile time: FILE:NAME, or :NAME in any file.
    constant: Vec<String>,
}

/// Marks an id in the rewritten source.
const MARK: u32 = 900_000_000;

fn marked(id: u32) -> syn::LitInt {
    syn::LitInt::new(&format!("{}u32", MARK + id), proc_macro2::Span::call_site())
}

/// The alternatives, each behind its id, and what is evaluated otherwise.
fn switch(alternatives: &[(u32, Expr)], otherwise: &Expr) -> Expr {
    let Some((first, _)) = alternatives.first() else { return otherwise.clone() };
    let first = marked(*first);
    let ids = alternatives.iter().map(|(id, _)| marked(*id));
    let expressions = alternatives.iter().map(|(_, expression)| expression);
    parse_quote!(({
        let __mutant = crate::mutated::at(#first);
        #(if __mutant == #ids { #expressions } else)* { #otherwise }
    }))
}

fn parsed<T: syn::parse::Parse>(text: &str) -> T {
    syn::parse_str(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

/// Whether a condition has a `let`, which can't be moved into a block.
fn has_let(condition: &Expr) -> bool {
    match condition {
        Expr::Let(_) => true,
        Expr::Binary(ExprBinary { left, op: BinOp::And(_), right, .. }) => {
            has_let(left) || has_let(right)
        }
        _ => false,
    }
}

impl Injector {
    fn take(&mut self, at: LineColumn, genre: &str) -> Vec<Mutant> {
        self.mutants.remove(&(at.line, at.column, genre.into())).unwrap_or_default()
    }

    /// A function of the original source from `start` on.
    fn function(&mut self, span: proc_macro2::Span, signature: &mut Signature, block: &mut Block) {
        let start = span.start();
        // Also of those without mutants, which may call others.
        if signature.constness.is_some() {
            let name = signature.ident.to_string();
            let name = name.trim_start_matches("r#");
            if [&self.file, ""].iter().any(|file| self.constant.contains(&format!("{file}:{name}")))
            {
                return;
            }
            signature.constness = None;
        }
        let mut mutants = self.take(start, "FnValue");
        visit_mut::visit_block_mut(self, block);
        if let (Some(mutant), [.., Stmt::Expr(value, None)]) =
            (mutants.iter().find(|m| m.replacement == EMPTY), &mut block.stmts[..])
        {
            // An empty iterator has to be of the one type that the function has.
            let id = marked(mutant.id);
            *value = parse_quote!((#value).filter(move |_| crate::mutated::at(#id) != #id));
            mutants.retain(|mutant| mutant.replacement != EMPTY);
        }
        if let ReturnType::Type(_, returned) = &signature.output
            && matches!(**returned, Type::ImplTrait(_))
        {
            // Of any other type it can't be.
            self.unplaced.append(&mut mutants);
        }
        if let Some(first) = mutants.first() {
            let first = marked(first.id);
            let ids = mutants.iter().map(|mutant| marked(mutant.id));
            let values = mutants.iter().map(|mutant| parsed::<Expr>(&mutant.replacement));
            let statements: Block = parse_quote!({
                let __mutant = crate::mutated::at(#first);
                #(if __mutant == #ids { return #values; })*
            });
            block.stmts.splice(0..0, statements.stmts);
        }
    }
}

/// The value of a mutant.
const EMPTY: &str = "::std::iter::empty()";

impl VisitMut for Injector {
    fn visit_item_fn_mut(&mut self, function: &mut syn::ItemFn) {
        self.function(function.span(), &mut function.sig, &mut function.block);
    }

    fn visit_impl_item_fn_mut(&mut self, function: &mut syn::ImplItemFn) {
        self.function(function.span(), &mut function.sig, &mut function.block);
    }

    fn visit_trait_item_fn_mut(&mut self, function: &mut syn::TraitItemFn) {
        let span = function.span();
        if let Some(block) = &mut function.default {
            self.function(span, &mut function.sig, block);
        }
    }

    fn visit_expr_mut(&mut self, expression: &mut Expr) {
        let original = expression.clone();
        match &original {
            Expr::Binary(binary) if !has_let(&original) => {
                visit_mut::visit_expr_mut(self, expression);
                let mutants = self.take(binary.op.span().start(), "BinaryOperator");
                let alternatives: Vec<_> = mutants
                    .iter()
                    .map(|mutant| {
                        let op = parsed(&mutant.replacement);
                        (mutant.id, Expr::Binary(ExprBinary { op, ..binary.clone() }))
                    })
                    .collect();
                *expression = switch(&alternatives, expression);
            }
            Expr::Unary(unary) if matches!(unary.op, UnOp::Not(_) | UnOp::Neg(_)) => {
                visit_mut::visit_expr_mut(self, expression);
                let mutants = self.take(unary.op.span().start(), "UnaryOperator");
                let alternatives: Vec<_> =
                    mutants.iter().map(|mutant| (mutant.id, (*unary.expr).clone())).collect();
                *expression = switch(&alternatives, expression);
            }
            Expr::Struct(literal) => {
                visit_mut::visit_expr_mut(self, expression);
                let mut alternatives = Vec::new();
                for (i, field) in literal.fields.iter().enumerate() {
                    for mutant in self.take(field.span().start(), "StructField") {
                        let mut without = literal.clone();
                        without.fields = literal
                            .fields
                            .iter()
                            .enumerate()
                            .filter(|(other, _)| *other != i)
                            .map(|(_, field)| field.clone())
                            .collect();
                        if !without.fields.is_empty() {
                            without.fields.push_punct(Default::default());
                        }
                        alternatives.push((mutant.id, Expr::Struct(without)));
                    }
                }
                *expression = switch(&alternatives, expression);
            }
            // What has a length or is evaluated at compile time.
            Expr::Repeat(_) => {
                if let Expr::Repeat(repeat) = expression {
                    self.visit_expr_mut(&mut repeat.expr);
                }
            }
            Expr::Const(_) => {}
            _ => visit_mut::visit_expr_mut(self, expression),
        }
    }

    fn visit_expr_match_mut(&mut self, expression: &mut syn::ExprMatch) {
        let caught = |arm: &Arm| matches!(arm.pat, syn::Pat::Wild(_)) && arm.guard.is_none();
        if !expression.arms.iter().any(caught) {
            // Without one of its arms it doesn't compile.
            for arm in &expression.arms {
                let mut mutants = self.take(arm.span().start(), "MatchArm");
                self.unplaced.append(&mut mutants);
            }
        }
        visit_mut::visit_expr_match_mut(self, expression);
    }

    fn visit_arm_mut(&mut self, arm: &mut Arm) {
        let deleted = self.take(arm.span().start(), "MatchArm");
        let guard = arm.guard.as_ref().map(|(_, guard)| guard.span().start());
        visit_mut::visit_arm_mut(self, arm);
        if let (Some(at), Some((_, guard))) = (guard, &mut arm.guard) {
            if !has_let(guard) {
                let mutants = self.take(at, "MatchArmGuard");
                let alternatives: Vec<_> =
                    mutants.iter().map(|m| (m.id, parsed::<Expr>(&m.replacement))).collect();
                **guard = switch(&alternatives, guard);
            }
        }
        if let [deleted] = &deleted[..] {
            let id = marked(deleted.id);
            arm.guard = Some((Default::default(), parse_quote!(crate::mutated::at(#id) != #id)));
        }
    }

    fn visit_item_const_mut(&mut self, _: &mut syn::ItemConst) {}
    fn visit_item_static_mut(&mut self, _: &mut syn::ItemStatic) {}
    fn visit_impl_item_const_mut(&mut self, _: &mut syn::ImplItemConst) {}
    fn visit_trait_item_const_mut(&mut self, _: &mut syn::TraitItemConst) {}
    fn visit_variant_mut(&mut self, _: &mut syn::Variant) {}
    fn visit_pat_mut(&mut self, _: &mut syn::Pat) {}
    fn visit_type_mut(&mut self, _: &mut syn::Type) {}
    fn visit_generic_argument_mut(&mut self, _: &mut syn::GenericArgument) {}
    fn visit_attribute_mut(&mut self, _: &mut syn::Attribute) {}
    fn visit_item_mod_mut(&mut self, module: &mut syn::ItemMod) {
        let test: syn::Attribute = parse_quote!(#[cfg(test)]);
        if !module.attrs.contains(&test) {
            visit_mut::visit_item_mod_mut(self, module);
        }
    }
}
